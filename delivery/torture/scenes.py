"""Faults of a whole surrounding: a full disk, a directory that goes away, a clock that jumps, limits of a process."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from appliance.training.trainer import Trainer
from delivery.torture.faults import TRAIN, Tally, complain_of_continuation
from delivery.torture.judging import CHECKPOINTS, complain_of_half_a_run, complain_of_words
from delivery.torture.limits import limit_files
from delivery.torture.programs import run_forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from delivery.torture.faults import FaultRow
    from delivery.torture.programs import Outcome

    Action = Callable[[], object]

MIDDLE = 7  # a step with checkpoints before it
_CAPABILITY_VERSION = 0x20080522
_OVERRIDE = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


def act_at_step(step: int, action: Action) -> None:
    """Let something happen in this process after a step of its training."""
    real, steps = Trainer.step, count(1)

    def take(self: Trainer, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the method
        terms = real(self, *given, **named)
        if next(steps) == step:
            action()
        return terms

    setattr(Trainer, "step", take)  # noqa: B010 - a method is replaced in a fork


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[bool]:
    """Put a small file system into the place of a directory, where this user may; yield whether it is there."""
    options = f"size={kibibytes}k"
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
        )
        mounted = done.returncode == 0
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


def judge(folder: Path, expected: dict[str, bytes], outcome: Outcome, codes: tuple[int, ...] = (0, 2)) -> str:
    """Return what is wrong after a fault, and after the training went on without it."""
    return (
        complain_of_words(outcome, codes)
        or complain_of_half_a_run(folder, expected)
        or complain_of_continuation(folder, expected, resume=outcome.code != 0)
    )


def fill_disk(place: Path, expected: dict[str, bytes], sizes: Sequence[int]) -> FaultRow:
    """Train on disks that become full at one moment or another; where none can be made, files are limited."""
    tally = Tally(fault="disk full", how="")
    hows = []
    for size in sizes:
        folder = place / f"disk-{size}"
        folder.mkdir()
        with small_disk(folder, size) as mounted:
            hows.append(f"a file system of {min(sizes)} to {max(sizes)} KiB in memory" if mounted else "RLIMIT_FSIZE")
            limit = partial(limit_files, size << 10)
            outcome = run_forked(folder, TRAIN, None if mounted else limit)
            complaint = complain_of_words(outcome, (0, 2)) or complain_of_half_a_run(folder, expected)
            if mounted:
                subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], capture_output=True, check=True)
            complaint = complaint or complain_of_continuation(folder, expected, resume=outcome.code != 0)
            tally.add(f"{size} KiB", outcome.err, outcome.code, complaint)
    tally.how = " and ".join(sorted(set(hows)))
    return tally.to_row()


def run_scene(
    tally: Tally,
    case: str,
    folder: Path,
    expected: dict[str, bytes],
    prepare: Action,
    *,
    codes: tuple[int, ...] = (0, 2),
    restore: Action = lambda: None,
) -> None:
    """Train with a fault in a new directory, and count what came of it.

    Args:
        tally: counts.
        case: the case in words.
        folder: the directory.
        expected: the results of an undisturbed training.
        prepare: makes the fault in the process of the training.
        codes: the exit codes that are right.
        restore: called after that process, before the training is taken up.
    """
    folder.mkdir(exist_ok=True)
    outcome = run_forked(folder, TRAIN, prepare)
    restore()
    tally.add(case, outcome.err, outcome.code, judge(folder, expected, outcome, codes))
    shutil.rmtree(folder, ignore_errors=True)


def _forbid(folder: Path) -> None:
    """Take the right to write to a directory and to the checkpoints in it; root gives up its rights first."""
    for path in (folder / CHECKPOINTS, folder):
        if path.exists():
            path.chmod(0o555)
    if not os.getuid():
        _drop_override()


def _drop_override() -> None:
    """Bind root to the modes of files, in this process."""
    library = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    if library.capget(header, sets):
        raise OSError(ctypes.get_errno(), "the rights of root cannot be read")
    for effective_or_permitted in (0, 1):
        sets[effective_or_permitted] &= ~_OVERRIDE
    if library.capset(header, sets):
        raise OSError(ctypes.get_errno(), "root cannot give up rights")


def _allow(folder: Path) -> None:
    for path in (folder, folder / CHECKPOINTS):
        if path.exists():
            path.chmod(0o755)


def forbid_writing(place: Path, expected: dict[str, bytes]) -> FaultRow:
    """Make the directory read-only, before the training and in the middle of it."""
    tally = Tally(fault="read-only directory", how="mode 0555; root gives up CAP_DAC_OVERRIDE first")
    for case, step in (("from the start", 0), ("from the middle", MIDDLE)):
        folder = place / f"read-only-{step}"
        forbid = partial(_forbid, folder)
        prepare = partial(act_at_step, step, forbid) if step else forbid
        run_scene(tally, case, folder, expected, prepare, restore=partial(_allow, folder))
    return tally.to_row()


def remove_directory(place: Path, expected: dict[str, bytes]) -> FaultRow:
    """Remove the directory of the run, or that of its checkpoints, in a training, which is then done again."""
    tally = Tally(fault="directory removed", how="removed with all that is in it after a step")
    for name, step in (("", MIDDLE), ("", 1), (CHECKPOINTS, MIDDLE)):
        folder = place / f"removed-{name or 'all'}-{step}"
        remove = partial(shutil.rmtree, folder / name)
        again = partial(folder.mkdir, exist_ok=True)
        run_scene(
            tally,
            f"{name or 'the parent'} after step {step}",
            folder,
            expected,
            partial(act_at_step, step, remove),
            restore=again,
        )
    return tally.to_row()
