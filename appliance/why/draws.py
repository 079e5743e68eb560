"""What draws show that differ: another seed, one draw more, other arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.why.beginning import read_state
from appliance.why.shown import Structure, name_at, write_sides

if TYPE_CHECKING:
    from appliance.why.beginning import Beginning
    from appliance.why.shown import Kind
    from verify.files.trace import EventId
    from verify.judging.traces.alignment import Split
    from verify.judging.traces.differences import EventDifference

_MAKERS = ("default_rng", "RandomState", "SeedSequence", "Generator", "PCG64", "MT19937", "Philox", "SFC64", "Random")
_SEEDED = ("seed", "manual_seed")


def read_split(split: Split) -> Structure:
    """Return what is known where one side has events that the other has not."""
    only = (*split.a, *split.b)
    if only and len(only) == split.count_a + split.count_b and all(_is_draw(event) for event in only):
        side, stage = ("the first", split.a[0].stage) if split.a else ("the second", split.b[0].stage)
        count = len(only)
        text = f"only {side} side draws here: {stage}, {count} draw{'' if count == 1 else 's'} more"
        return Structure(kind="draw", mechanism=f"{text}, so that all later draws are shifted", recorded=True)
    stage = only[0].stage if only else "the end"
    return Structure(kind="control-flow", mechanism=f"the programs do different things, from {stage} on")


def _is_draw(event: EventId) -> bool:
    return event.stage.startswith(("numpy.random.", "random.")) and event.stage.rpartition(".")[2] not in _SEEDED


def read_draw(first: EventDifference, beginning: Beginning) -> Structure:
    """Return what a draw shows that differs."""
    name = first.a.stage.rpartition(".")[2]
    given = {row.name: row for row in first.inputs}
    if name in _MAKERS or name in _SEEDED:
        rows = [row for key, row in given.items() if key != "state"]
        if rows:
            text = f"the seed of {name_at(first)} is {write_sides(rows[0])}"
            return Structure(kind="seed", mechanism=text, recorded=True)
        return Structure(kind="seed", mechanism=f"{name_at(first)} takes its seed from the system")
    if "state" in given:
        return _read_states(first, beginning)
    if given:
        shifted = beginning.later_split
        if shifted is not None and read_split(shifted).kind == "draw":
            return read_split(shifted)
        row = next(iter(given.values()))
        return Structure(
            kind="configuration", mechanism=f"argument {row.name} of {name_at(first)} is {write_sides(row)}"
        )
    return Structure(kind="world", mechanism=f"{name_at(first)} gives other numbers from the same state")


def _read_states(first: EventDifference, beginning: Beginning) -> Structure:
    """Return what generators show that have other states at a draw."""
    states = read_state(first.a), read_state(first.b)
    if states[1] in beginning.states[0] or states[0] in beginning.states[1]:
        ahead = "second" if states[1] in beginning.states[0] else "first"
        text = (
            f"the {ahead} side is ahead: at {name_at(first)} its generator has the state of a later draw of the other"
        )
        return Structure(kind="draw", mechanism=text, recorded=True)
    seeded = beginning.idle
    if seeded is not None and seeded.a.kind == "draw" and seeded.a.stage.rpartition(".")[2] in _SEEDED:
        rows = [row for row in seeded.inputs if row.name != "state"]
        if rows:
            text = f"the seed of {name_at(seeded)} is {write_sides(rows[0])}"
            return Structure(kind="seed", mechanism=text, recorded=True)
    begun = any(known and known[0] == state for known, state in zip(beginning.states, states, strict=True))
    if begun and first.a.stage.startswith("torch."):  # all draws of PyTorch are recorded, and its seeds are not
        return Structure(kind="seed", mechanism=f"the generator of {name_at(first)} begins in another state")
    kind: Kind = "state" if begun else "world"
    return Structure(kind=kind, mechanism=f"the generator of {name_at(first)} has another state; no seed was recorded")
