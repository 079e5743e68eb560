"""Long runs in one process: memory, descriptors, threads and files must not grow."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import attrs
import numpy as np

from delivery.torture.programs import make_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = {
    "epochs": "epochs of smoke in one training",
    "trainings": "trainings of smoke in one process",
    "checkpoints": "steps of adam with a checkpoint after each",
}
MEMORY = {"epochs": 2048.0, "trainings": 4096.0, "checkpoints": 1024.0}
"""The largest growth in bytes for each epoch, training or step; an epoch adds a row to the history."""
SUFFICIENT = {"epochs": 500, "trainings": 60, "checkpoints": 300}
"""From how many on the growth of memory is judged; before that, what is loaded on first use decides."""
OPEN = 0.001
"""The largest growth of descriptors and threads, likewise."""
FILES = 4
"""Two checkpoints, the next one before the older is removed, and the file of the lock."""
_FEWEST = 4  # samples of which a growth can be told


@attrs.frozen(kw_only=True)
class SoakRow:
    """What one long run came to.

    Args:
        kind: see `KINDS`.
        done: epochs, trainings or steps.
        seconds: how long it took.
        memory: growth in bytes for each, by least squares over the second half of the samples.
        descriptors: growth for each, likewise.
        threads: growth for each, likewise.
        most_memory: MiB at most.
        most_files: files of checkpoints at most, with that of the lock.
        most_disk: KiB of them at most.
        samples: how many samples there are.
        complaints: what is wrong.
    """

    kind: str
    done: int
    seconds: float
    memory: float
    descriptors: float
    threads: float
    most_memory: float
    most_files: int
    most_disk: float
    samples: int
    complaints: tuple[str, ...]


def find_growth(samples: Sequence[Sequence[int]], column: int) -> float:
    """Return the slope of a column of samples over what was done, of their second half."""
    kept = np.array(samples[len(samples) // 2 :], dtype=np.float64)
    if len(kept) < _FEWEST:
        return 0.0
    done = kept[:, 0] - kept[:, 0].mean()
    return float((done * kept[:, column]).sum() / (done * done).sum())


def judge_soak(kind: str, samples: Sequence[Sequence[int]], seconds: float) -> SoakRow:
    """Return the row of a run, with a complaint for everything that grows."""
    memory, descriptors, threads = (find_growth(samples, column) for column in (1, 2, 3))
    complaints = []
    for name, growth, limit in (
        ("memory", memory, MEMORY[kind]),
        ("descriptors", descriptors, OPEN),
        ("threads", threads, OPEN),
    ):
        if growth > limit and (name != "memory" or samples[-1][0] >= SUFFICIENT[kind]):
            complaints.append(f"{name}: {growth:.4g} for each, allowed {limit}")
    files = max(row[4] for row in samples)
    if files > FILES:
        complaints.append(f"{files} files of checkpoints")
    return SoakRow(
        kind=kind,
        done=samples[-1][0],
        seconds=seconds,
        memory=memory,
        descriptors=descriptors,
        threads=threads,
        most_memory=max(row[1] for row in samples) / 2**20,
        most_files=files,
        most_disk=max(row[5] for row in samples) / 1024,
        samples=len(samples),
        complaints=tuple(complaints),
    )


def run_soak(kind: str, seconds: float, most: int) -> SoakRow:
    """Run one kind in a process of its own, for so many seconds or so many epochs, trainings or steps at most."""
    with TemporaryDirectory(prefix="soak-") as folder:
        words = [sys.executable, "-m", "delivery.torture.soaked", kind, str(seconds), str(most)]
        begun = time.monotonic()
        done = subprocess.run(
            words,
            cwd=folder,
            env=make_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds * 3 + 300,
        )
    if done.returncode or not done.stdout:
        row = judge_soak(kind, [[0] * 6], time.monotonic() - begun)
        return attrs.evolve(row, complaints=(f"exit code {done.returncode}: {done.stderr[-300:]}",))
    return judge_soak(kind, json.loads(done.stdout), time.monotonic() - begun)
