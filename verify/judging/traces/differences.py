"""What differs between two recordings of one event: inputs, outputs, the order in memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import attrs

from verify.judging.differences import count_ulps
from verify.tracing.fingerprints import chunk_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.files.events import EventLine
    from verify.files.trace import Event, Tensor

MarkKind = Literal["missing", "dtype", "shape", "values", "memory-order"]
Role = Literal["origin", "receiver", "absorber", "order"]
_SOURCES = ("data", "draw")  # they need no inputs
_ORDER = b'"order":'
_PRECISIONS: Mapping[str, str] = {"f4": "f32", "f8": "f64", "float": "f64"}


@attrs.frozen(kw_only=True)
class MarkDifference:
    """One tensor of an event that is not the same on both sides.

    Args:
        name: its name; None stands for a side that has no tensor of this name.
        a: what one side recorded.
        b: what the other recorded.
        kind: in what they differ.
    """

    name: str
    a: Tensor | None
    b: Tensor | None
    kind: MarkKind

    @property
    def ulp(self) -> int | None:
        """The distance of two single numbers; None for others."""
        precision = _PRECISIONS.get(self.a.dtype.lstrip("<>=")) if self.a is not None else None
        if self.kind != "values" or self.a is None or self.b is None or precision is None:
            return None
        x, y = (read_float(side.value) for side in (self.a, self.b))
        return None if x is None or y is None else count_ulps(x, y, precision)

    @property
    def chunks(self) -> tuple[int, ...]:
        """The numbers of the parts that differ, where parts were recorded."""
        if self.a is None or self.b is None or self.kind != "values" or len(self.a.chunks) != len(self.b.chunks):
            return ()
        pairs = zip(self.a.chunks, self.b.chunks, strict=True)
        return tuple(number for number, (x, y) in enumerate(pairs) if x != y)

    @property
    def elements(self) -> tuple[int, int] | None:
        """Between which elements, counted in C order, the first that differs is: from the first up to the second."""
        if self.a is None or not self.chunks:
            return None
        size, width = math.prod(self.a.shape), find_width(self.a.dtype)
        if not width:
            return None
        part = chunk_bytes(size * width)
        first = self.chunks[0]
        return first * part // width, min(size, -(-(first + 1) * part // width))


def find_width(dtype: str) -> int:
    """Return how many bytes an element has; 0 if the type does not say it."""
    digits = dtype[2:]
    if not digits.isascii() or not digits.isdigit() or len(digits) > 6:  # noqa: PLR2004 - a type of a million bytes
        return 0
    return int(digits) * (4 if dtype[1] == "U" else 1)


def read_float(value: object) -> float | None:
    """Return the float that a trace holds in hexadecimal; None for anything else."""
    try:
        return float.fromhex(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


@attrs.frozen(kw_only=True)
class EventDifference:
    """One event that is not the same on both sides, with the process of each side that recorded it."""

    a: Event
    b: Event
    inputs: tuple[MarkDifference, ...]
    outputs: tuple[MarkDifference, ...]
    processes: tuple[str, str] = ("", "")

    @property
    def role(self) -> Role:
        """What the event does: it makes a difference, passes it on, or absorbs it; or only orders in memory differ."""
        given, made = (any(row.kind != "memory-order" for row in rows) for rows in (self.inputs, self.outputs))
        if made:
            return "receiver" if given else "origin"
        return "absorber" if given else "order"

    @property
    def exact(self) -> bool:
        """Whether an origin is certain: its inputs were recorded, or it needs none."""
        return self.a.kind in _SOURCES or (bool(self.a.inputs) and self.role == "origin")

    @property
    def sets(self) -> bool:
        """Whether it has an effect that is no output: a seed, which acts on later draws."""
        return self.a.kind == "draw" and not self.a.outputs

    @property
    def ordered(self) -> bool:
        """Whether inputs are equal in value, and differ in their order in memory."""
        return bool(self.inputs) and all(row.kind == "memory-order" for row in self.inputs)


def find_role(a: EventLine, b: EventLine) -> Role | None:
    """Return what an event does with a difference, as `EventDifference.role` does; None if nothing differs."""
    if a is b:
        return None
    given, made = a.inputs != b.inputs, a.outputs != b.outputs
    if not given and not made:
        return None
    if _ORDER in a.raw or _ORDER in b.raw:  # else equal tensors have equal texts
        return compare_events(a, b).role
    if made:
        return "receiver" if given else "origin"
    return "absorber"


def compare_events(a: EventLine, b: EventLine) -> EventDifference:
    """Return what differs between two recordings of an event."""
    left, right = a.event, b.event
    return EventDifference(
        a=left,
        b=right,
        inputs=_compare_tensors(left.inputs or (), right.inputs or ()),
        outputs=_compare_tensors(left.outputs, right.outputs),
        processes=(a.process, b.process),
    )


def _compare_tensors(a: Sequence[Tensor], b: Sequence[Tensor]) -> tuple[MarkDifference, ...]:
    if [tensor.name for tensor in a] == [tensor.name for tensor in b]:
        pairs: list[tuple[Tensor | None, Tensor | None]] = list(zip(a, b, strict=True))
    else:
        left, right = ({tensor.name: tensor for tensor in side} for side in (a, b))
        pairs = [(left.get(name), right.get(name)) for name in dict.fromkeys((*left, *right))]
    rows = (_compare_tensor(x, y) for x, y in pairs)
    return tuple(row for row in rows if row is not None)


def _compare_tensor(a: Tensor | None, b: Tensor | None) -> MarkDifference | None:
    present = a or b
    if present is None or a == b:
        return None
    kind: MarkKind = "memory-order"
    if a is None or b is None:
        kind = "missing"
    elif a.dtype != b.dtype:
        kind = "dtype"
    elif a.shape != b.shape:
        kind = "shape"
    elif (a.fingerprint, a.value) != (b.fingerprint, b.value):
        kind = "values"
    return MarkDifference(name=present.name, a=a, b=b, kind=kind)
