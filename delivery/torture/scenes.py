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
from delivery.torture.faults import Tally, run_case
from delivery.torture.judging import CHECKPOINTS
from delivery.torture.limits import limit_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from delivery.torture.faults import FaultRow

    Action = Callable[[], object]

MIDDLE = 7  # a step with checkpoints before it
_CAPABILITY_VERSION = 0x20080522
_OVERRIDE = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


def act_at_step(step: int, action: Action) -> None:
    """Let something happen in this process after a step of its training; at once for 0."""
    if not step:
        action()
        return
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


def _enlarge(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], capture_output=True, check=True)


def fill_disk(place: Path, expected: dict[str, bytes], sizes: Sequence[int]) -> FaultRow:
    """Train on disks that become full at one moment or another; where none can be made, files are limited."""
    tally = Tally(fault="disk full", how="")
    hows = []
    for size in sizes:
        folder = place / f"disk-{size}"
        folder.mkdir()
        with small_disk(folder, size) as mounted:
            hows.append(f"a file system of {min(sizes)} to {max(sizes)} KiB in memory" if mounted else "RLIMIT_FSIZE")
            limit = None if mounted else partial(limit_files, size << 10)
            restore = partial(_enlarge, folder) if mounted else lambda: None
            run_case(tally, f"{size} KiB", folder, expected, limit, restore=restore)
    tally.how = " and ".join(sorted(set(hows)))
    return tally.to_row()


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
        forbid = partial(act_at_step, step, partial(_forbid, folder))
        run_case(tally, case, folder, expected, forbid, restore=partial(_allow, folder))
    return tally.to_row()


def remove_directory(place: Path, expected: dict[str, bytes]) -> FaultRow:
    """Remove the directory of the run, or that of its checkpoints, in a training, which is then done again."""
    tally = Tally(fault="directory removed", how="removed with all that is in it after a step")
    for name, step in (("", MIDDLE), ("", 1), (CHECKPOINTS, MIDDLE)):
        folder = place / f"removed-{name or 'all'}-{step}"
        remove = partial(shutil.rmtree, folder / name)
        again = partial(folder.mkdir, exist_ok=True)
        run_case(
            tally,
            f"{name or 'the parent'} after step {step}",
            folder,
            expected,
            partial(act_at_step, step, remove),
            restore=again,
        )
    return tally.to_row()
