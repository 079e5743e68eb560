"""Every surrounding that is tried, with few or many sizes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from delivery.torture.faults import Tally, complain_of_continuation, run_case
from delivery.torture.judging import RUN, complain_of_words
from delivery.torture.limits import DISTURBED_CLOCKS, limit_descriptors, limit_files, limit_memory
from delivery.torture.programs import run_forked
from delivery.torture.scenes import MIDDLE, act_at_step, fill_disk, forbid_writing, remove_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from delivery.torture.faults import FaultRow


def _limit(
    place: Path,
    expected: dict[str, bytes],
    limit: Callable[[int], None],
    rooms: Sequence[int],
    words: tuple[str, str, str],
) -> FaultRow:
    """Train with a limit, from the start and from the middle on."""
    fault, how, unit = words
    tally = Tally(fault=fault, how=how)
    for room in rooms:
        for case, step in (("start", 0), ("middle", MIDDLE)):
            set_limit = partial(act_at_step, step, partial(limit, room))
            folder = place / f"{limit.__name__}-{room}-{step}"
            run_case(tally, f"{room} {unit} from the {case} on", folder, expected, set_limit, codes=(0, 2, 3))
    return tally.to_row()


def disturb_clocks(place: Path, expected: dict[str, bytes], steps: Sequence[int]) -> FaultRow:
    """Let the clocks of a training jump after a step, 0 for the start; it must end as if nothing had happened."""
    tally = Tally(fault="clock jumps", how="patched clocks in the process; a checkpoint every 0.02 seconds")
    words = ("train", "smoke", "--checkpoint-every", "0.02s", "--out", RUN)
    for name, disturb in DISTURBED_CLOCKS.items():
        for step in steps:
            folder = place / f"clock-{name.replace(' ', '-')}-{step}"
            folder.mkdir()
            outcome = run_forked(folder, words, partial(act_at_step, step, disturb))
            complaint = complain_of_words(outcome, (0,)) or complain_of_continuation(folder, expected, resume=False)
            tally.add(f"{name} after step {step}", outcome.err, outcome.code, complaint)
    return tally.to_row()


def run_scenes(
    place: Path, expected: dict[str, bytes], *, short: bool = False, tell: Callable[[FaultRow], object] = lambda _: None
) -> list[FaultRow]:
    """Return one row for each surrounding; a short form tries few sizes of each."""
    disks = (48, 120) if short else (16, 32, 48, 64, 80, 100, 120, 160, 200, 240)
    sizes = (20_000,) if short else (4096, 20_000, 50_000, 53_000, 60_000, 100_000)
    descriptors = (0, 2) if short else tuple(range(8))
    memory = (1,) if short else (0, 1, 2, 3, 4, 6, 8, 12, 16, 24)
    rows = []
    for part in (
        partial(fill_disk, sizes=disks),
        partial(_limit, limit=limit_files, rooms=sizes, words=("files too large", "RLIMIT_FSIZE", "bytes")),
        forbid_writing,
        remove_directory,
        partial(
            _limit, limit=limit_descriptors, rooms=descriptors, words=("no more descriptors", "RLIMIT_NOFILE", "left")
        ),
        partial(_limit, limit=limit_memory, rooms=memory, words=("memory limit", "RLIMIT_AS", "MiB left")),
        partial(disturb_clocks, steps=(MIDDLE,) if short else (0, MIDDLE)),
    ):
        rows.append(part(place, expected))
        tell(rows[-1])
    return rows
