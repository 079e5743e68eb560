"""Completes the comparison of two runs with what their replays tell."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.replay.pair import replay_pair
from verify.judging.sides import RunSide

if TYPE_CHECKING:
    from appliance.replay.pair import ReplayedPair, Tell
    from verify.judging.comparison import Comparison
    from verify.judging.sides import Side
    from verify.judging.traces.compare import TraceDivergence


def complete_comparison(found: Comparison, a: Side, b: Side, tell: Tell, data_dir: Path | None = None) -> Comparison:
    """Return a comparison with step, stage, element and values, if it is one of two runs that lacks them.

    Runs with other settings are not trained again: the settings are the answer.

    Args:
        found: the comparison of the files.
        a: the first side.
        b: the second.
        tell: prints a note.
        data_dir: where data files are; None for the usual places.
    """
    if not (isinstance(a, RunSide) and isinstance(b, RunSide) and found.lacks_values):
        return found
    first = None if found.runs is None else found.runs.first
    if first is not None and first.stage == "settings":
        return found
    with tempfile.TemporaryDirectory(prefix="repro-appliance-replay-") as folder:
        pair = replay_pair(a.run, b.run, Path(folder), tell=tell, data_dir=data_dir)
    chosen = choose_traces(found.traces, pair)
    if chosen is None:
        for note in pair.notes:
            tell(note)
        return found
    return attrs.evolve(found, traces=chosen)


def choose_traces(recorded: TraceDivergence | None, pair: ReplayedPair) -> TraceDivergence | None:
    """Return the traces that the answer speaks of, with all notes: those of the replays where they show a difference.

    Where a side does not repeat its own digests here, what was recorded tells more, if steps were recorded.
    """
    replayed, notes = pair.traces, pair.notes
    steps = recorded is not None and recorded.differs and recorded.a.header.level == recorded.b.header.level == "step"
    if replayed is not None and (replayed.differs or not steps) and (pair.repeated or not steps):
        return attrs.evolve(replayed, notes=(*replayed.notes, *notes))
    if recorded is None:
        return None
    return attrs.evolve(recorded, notes=(*recorded.notes, *notes))
