"""What recorded events show, as a value, with the words for events and inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from verify.judging.traces.differences import read_float

if TYPE_CHECKING:
    from verify.judging.traces.differences import EventDifference, MarkDifference

Kind = Literal[
    "seed", "state", "draw", "data", "order", "configuration", "directory", "file-order", "control-flow", "world"
]  # fmt: skip


@attrs.frozen(kw_only=True)
class Structure:
    """What the recorded events show.

    Args:
        kind: the cause, if the programs are to blame; "world" where equal inputs gave other outputs.
        mechanism: the cause in words.
        recorded: whether the record alone proves it, because a value that was given differs.
    """

    kind: Kind
    mechanism: str
    recorded: bool = False


def name_at(first: EventDifference) -> str:
    """Return the stage of an event, with the line that called."""
    return f"{first.a.stage} in {first.a.at}" if first.a.at else first.a.stage


def write_sides(row: MarkDifference) -> str:
    """Return the two values of an input."""
    values = [write_value(side.value if side is not None else None) for side in (row.a, row.b)]
    distance = "" if row.ulp is None else f" ({row.ulp} ulp)"
    return f"{values[0]} / {values[1]}{distance}"


def write_value(value: object) -> str:
    """Return a recorded value as people write it."""
    number = read_float(value) if isinstance(value, str) and "0x" in value else None
    return repr(number) if number is not None else "not given" if value is None else str(value)
