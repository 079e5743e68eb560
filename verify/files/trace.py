"""What a trace holds: its header, one line for each event, fingerprints of tensors.

`verify/tracing/` writes traces; `verify.files.traces` opens them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple

import attrs

from verify.digests import JsonObject, JsonValue
from verify.files.forms import OMIT
from verify.files.kinds import FileKind
from verify.files.limits import AtLeast, Count, Digest, Pattern
from verify.files.reading import MEBIBYTE

HEADER_NAME = "header.json"
EVENTS_NAME = "events.jsonl"
TENSORS_NAME = "tensors"
Kind = Literal["data", "draw", "operation", "collective", "state", "decision", "output"]
KINDS: tuple[Kind, ...] = ("data", "draw", "operation", "collective", "state", "decision", "output")
Order = Literal["F", "strided"]
Mark = Annotated[str, Pattern("[0-9a-f]{16}")]
Number = Annotated[int, AtLeast(1)]
_NOTHING: Mapping[str, JsonValue] = MappingProxyType({})
_NO_TEXTS: Mapping[str, str] = MappingProxyType({})


class EventId(NamedTuple):
    """What names an event in every trace of a program, whatever the order in which events arrive."""

    epoch: int | None
    step: int | None
    stage: str
    occurrence: int


@attrs.frozen(kw_only=True)
class Tensor:
    """One array, known by its fingerprint.

    Args:
        name: its name in the event.
        dtype: its type as NumPy writes it.
        shape: its dimensions.
        fingerprint: of its bytes in C order.
        order: its order in memory where that is not C.
        chunks: fingerprints of its parts, in order, where it is large.
        value: its value where it is a single number: a float in hexadecimal.
    """

    name: str
    dtype: str
    shape: tuple[Count, ...]
    fingerprint: Mark
    order: Order | None = attrs.field(default=None, metadata={OMIT: True})
    chunks: tuple[Mark, ...] = attrs.field(default=(), metadata={OMIT: True})
    value: JsonValue = attrs.field(default=None, metadata={OMIT: True})

    @property
    def content(self) -> tuple[str, tuple[int, ...], str]:
        """What two tensors of the same elements share, whatever their order in memory."""
        return self.dtype, self.shape, self.fingerprint


@attrs.frozen(kw_only=True)
class Event:
    """One event of a trace.

    Args:
        n: its running number in its file, from 1.
        kind: what it is.
        stage: where in the program it is, such as the name of an operation.
        occurrence: how often this stage has come in this epoch and step, from 1.
        outputs: what it made.
        inputs: what it was given; None where that was not recorded.
        epoch: the epoch, where there is one.
        step: the step, where there is one.
        at: the file with the line that called, which is not part of the id.
    """

    n: Number
    kind: Kind
    stage: str
    occurrence: Number
    outputs: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...] | None = attrs.field(default=None, metadata={OMIT: True})
    epoch: int | None = attrs.field(default=None, metadata={OMIT: True})
    step: int | None = attrs.field(default=None, metadata={OMIT: True})
    at: str | None = attrs.field(default=None, metadata={OMIT: True})

    @property
    def id(self) -> EventId:
        """What names it in every trace of the program."""
        return EventId(self.epoch, self.step, self.stage, self.occurrence)


@attrs.frozen(kw_only=True)
class Head:
    """The running digest of all lines up to the end of an epoch."""

    epoch: int
    head: Digest


@attrs.frozen(kw_only=True)
class TraceHeader:
    """The contents of header.json.

    Args:
        function: the name of the function that made the fingerprints.
        level: how much was recorded.
        command: the program and its arguments.
        complete: whether the program ended in an orderly way; the fields below are known only then.
        directory: where the program ran.
        environment: the variables that name a world.
        world: what was read back of the world.
        events: how many events there are.
        heads: the running digest at the end of every epoch.
        chain: the running digest of all lines.
        coverage: what was seen and what was not.
        extra: what other versions add.
    """

    function: str
    level: Literal["epoch", "step", "calls"]
    command: tuple[str, ...]
    complete: bool
    directory: str | None = attrs.field(default=None, metadata={OMIT: True})
    environment: Mapping[str, str] = attrs.field(default=_NO_TEXTS, metadata={OMIT: True})
    world: JsonObject = attrs.field(default=_NOTHING, metadata={OMIT: True})
    events: Count = attrs.field(default=0, metadata={OMIT: True})
    heads: tuple[Head, ...] = attrs.field(default=(), metadata={OMIT: True})
    chain: Digest | None = attrs.field(default=None, metadata={OMIT: True})
    coverage: JsonObject = attrs.field(default=_NOTHING, metadata={OMIT: True})
    extra: JsonObject = attrs.field(default=_NOTHING, metadata={OMIT: True})


TRACE = FileKind(
    name="the header of a trace",
    schema="repro-appliance/trace/1",
    form=TraceHeader,
    limit=64 * MEBIBYTE,
    remedy="record the trace again",
)
