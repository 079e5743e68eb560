"""Lets single calls of the system fail in a training, one after the other, in forks of this process."""

from __future__ import annotations

import errno
import shutil
import time
from collections import Counter
from typing import TYPE_CHECKING

import attrs

from delivery.torture.injection import Fault, read_log
from delivery.torture.judging import (
    RUN,
    complain_of_half_a_run,
    complain_of_run,
    complain_of_words,
    list_titles,
    read_results,
)
from delivery.torture.programs import run_forked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EACCES")
TRAIN = ("train", "smoke", "--checkpoint-every", "3", "--out", RUN)
_TITLES = 8  # different errors that are kept in the table


@attrs.frozen(kw_only=True)
class FaultRow:
    """What one kind of fault came to.

    Args:
        fault: what it is.
        how: how it was made.
        cases: how many trainings were disturbed.
        failed: how many of them ended with an error; the others did without what failed.
        good: how many had one clear error or none, nothing half-written, and went on to equal results.
        titles: the errors, the most frequent first.
        complaints: what is wrong.
    """

    fault: str
    how: str
    cases: int
    failed: int
    good: int
    titles: tuple[str, ...]
    complaints: tuple[str, ...]


@attrs.define(kw_only=True)
class Tally:
    """Counts the cases of one kind of fault."""

    fault: str
    how: str
    cases: int = 0
    failed: int = 0
    titles: Counter[str] = attrs.field(factory=Counter)
    complaints: list[str] = attrs.field(factory=list)

    def add(self, case: str, err: str, code: int, complaint: str) -> None:
        """Count a case."""
        self.cases += 1
        self.failed += code != 0
        if code:
            self.titles.update(list_titles(err)[:1])
        if complaint:
            self.complaints.append(f"{case}: {complaint}")

    def to_row(self) -> FaultRow:
        """Return the row."""
        titles = tuple(title for title, _ in self.titles.most_common(_TITLES))
        return FaultRow(
            fault=self.fault,
            how=self.how,
            cases=self.cases,
            failed=self.failed,
            good=self.cases - len(self.complaints),
            titles=titles,
            complaints=tuple(self.complaints[:_TITLES]),
        )


def make_expected(folder: Path) -> dict[str, bytes]:
    """Return the results of an undisturbed training of the subject of all faults.

    Raises:
        RuntimeError: it failed.
    """
    folder.mkdir()
    outcome = run_forked(folder, ("train", "smoke", "--out", RUN))
    if outcome.code:
        raise RuntimeError(outcome.err)
    return read_results(folder / RUN)


def count_calls(folder: Path) -> list[str]:
    """Return the calls of an undisturbed training with checkpoints, in their order.

    Raises:
        RuntimeError: it failed.
    """
    folder.mkdir()
    log = folder.with_name(f"{folder.name}.calls")
    outcome = run_forked(folder, TRAIN, Fault(0, 0, log).install)
    if outcome.code:
        raise RuntimeError(outcome.err)
    return read_log(log)


def run_call_faults(
    place: Path,
    expected: dict[str, bytes],
    *,
    errors: Sequence[str] = ERRORS,
    stride: int = 1,
    seconds: float = 3600,
    tell: Callable[[FaultRow], object] = lambda _: None,
) -> list[FaultRow]:
    """Let every `stride`-th call fail with every error; return one row for each error.

    Args:
        place: an empty directory.
        expected: the results of an undisturbed training.
        errors: names of `errno`.
        stride: 1 for every call.
        seconds: the time for all; a row that is not complete says so.
        tell: called with every row.
    """
    calls, rows, begun = count_calls(place / "count"), [], time.monotonic()
    for turn, name in enumerate(errors):
        kinds = ", ".join(sorted(set(calls)))
        some = "each" if stride == 1 else f"every {stride}th"
        tally = Tally(fault=name, how=f"{some} of {len(calls)} calls that write fails once: {kinds}")
        for step in range(1 + turn % stride, len(calls) + 1, stride):
            if time.monotonic() - begun > seconds * (turn + 1) / len(errors):
                tally.complaints.append(f"from call {step} on: no time left")
                break
            folder = place / f"{name}-{step}"
            fault = Fault(getattr(errno, name), step)
            run_case(tally, f"{calls[step - 1]}, call {step}", folder, expected, fault.install)
        rows.append(tally.to_row())
        tell(rows[-1])
    return rows


def run_case(
    tally: Tally,
    case: str,
    folder: Path,
    expected: dict[str, bytes],
    prepare: Callable[[], object] | None,
    *,
    codes: tuple[int, ...] = (0, 2),
    restore: Callable[[], object] = lambda: None,
) -> None:
    """Train with a fault; then everything must be whole, and the training must go on to its end.

    Args:
        tally: counts the case.
        case: the case in words.
        folder: where it is trained; removed afterwards.
        expected: the results of an undisturbed training.
        prepare: makes the fault in the process of the training.
        codes: the exit codes that are right.
        restore: called after that process, before the training is taken up.
    """
    folder.mkdir(exist_ok=True)
    outcome = run_forked(folder, TRAIN, prepare)
    restore()
    complaint = (
        complain_of_words(outcome, codes)
        or complain_of_half_a_run(folder, expected)
        or complain_of_continuation(folder, expected, resume=outcome.code != 0)
    )
    tally.add(case, outcome.err, outcome.code, complaint)
    shutil.rmtree(folder, ignore_errors=True)


def complain_of_continuation(folder: Path, expected: dict[str, bytes], *, resume: bool = True) -> str:
    """Take a training up without a fault; return what is wrong then.

    What a fault has kept from being removed must be removed by the next training to this place.
    """
    if resume or complain_of_run(folder, expected).startswith("left behind"):
        again = run_forked(folder, (*TRAIN, "--resume"))
        if again.code:
            return f"it does not go on: exit code {again.code}: {again.err[-300:]}"
    return complain_of_run(folder, expected)
