"""Two runs that differ, both trained again: first to find the event, then to read its operands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.replay.training import Plan, Replay, replay
from verify.errors import ApplianceError
from verify.judging.traces.compare import compare_traces
from verify.judging.traces.values import CapturedValues

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from verify.files.run import RunFiles
    from verify.files.trace import EventId
    from verify.judging.traces.compare import TraceDivergence

    Tell = Callable[[str], None]


DATASET = "dataset"
"""The stage that holds no more than a digest."""
_MOST = 3


@attrs.frozen(kw_only=True, eq=False)
class ReplayedPair:
    """Two runs that were trained again.

    Args:
        a: the replay of the first run; None where it cannot be trained here.
        b: that of the second.
        traces: the comparison of their traces, with values at the origin; None without both.
        notes: what the reader has to know, such as a side that does not give its own digests here.
    """

    a: Replay | None
    b: Replay | None
    traces: TraceDivergence | None
    notes: tuple[str, ...]

    @property
    def repeated(self) -> bool:
        """Whether both sides gave their own digests here."""
        return all(side is not None and side.repeated for side in (self.a, self.b))


def find_first_epoch(a: RunFiles, b: RunFiles) -> int:
    """Return the first epoch that may differ: the one after the last with equal digests on both sides."""
    first = 1
    for x, y in zip(a.record.epochs, b.record.epochs, strict=False):
        if x != y:
            break
        first = x.epoch + 1
    return min(first, len(a.record.epochs), len(b.record.epochs))


def replay_pair(a: RunFiles, b: RunFiles, scratch: Path, *, tell: Tell, data_dir: Path | None = None) -> ReplayedPair:
    """Train both runs again, from the last equal epoch on with steps, and then once more for the operands.

    Args:
        a: the first run.
        b: the second.
        scratch: an existing directory for the replays.
        tell: says what is going on, because training takes its time.
        data_dir: where data files are; None for the usual places.
    """
    first = find_first_epoch(a, b)
    plan = Plan(scratch=scratch, first_epoch=first, data_dir=data_dir)
    tell(f"both runs are trained again, with every step from epoch {first} on")
    sides, notes = _replay_both(a, b, plan)
    if sides is None:
        return ReplayedPair(a=None, b=None, traces=None, notes=notes)
    found = compare_traces(sides[0].trace, sides[1].trace)
    if found.origin is None:
        notes = (*notes, "both runs agree with each other when they are trained here: the difference is not repeated")
    else:
        tell("once more, to read the values at the first difference")
        again, failed = _replay_both(a, b, attrs.evolve(plan, captures=_list_captures(found)))
        if again is not None:
            sides = again
            found = compare_traces(sides[0].trace, sides[1].trace, CapturedValues())
        notes = (*notes, *(note for note in failed if note not in notes))
    return ReplayedPair(a=sides[0], b=sides[1], traces=found, notes=notes)


def _list_captures(found: TraceDivergence) -> tuple[EventId, ...]:
    """Return the ids of the first event that differs and of the first origins."""
    events = [] if found.origin is None else [found.origin.a.id]
    events += [row.a.id for row in found.findings.origins[:_MOST]]
    return tuple(dict.fromkeys(event for event in events if event.stage != DATASET))


def _replay_both(a: RunFiles, b: RunFiles, plan: Plan) -> tuple[tuple[Replay, Replay] | None, tuple[str, ...]]:
    """Return both replays, or None, with notes."""
    sides, notes = list[Replay](), list[str]()
    for run in (a, b):
        try:
            sides.append(replay(run, plan))
        except ApplianceError as error:
            notes.append(f"{run.path}: {error.title}: {error.found}")
            continue
        if sides[-1].departure is not None:
            notes.append(f"{run.path}: replayed here it does not give its own digests, from {sides[-1].departure} on")
    return ((sides[0], sides[1]) if len(sides) == 2 else None), tuple(notes)  # noqa: PLR2004 - two sides
