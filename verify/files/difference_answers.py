"""What commands print as JSON that compare two sides: where these differ first, the cause."""

from collections.abc import Mapping
from typing import Annotated, Literal

import attrs

from verify.digests import JsonObject, JsonValue
from verify.files.forms import OPTIONAL
from verify.files.kinds import FileKind
from verify.files.limits import AtLeast, Count
from verify.files.reading import MEBIBYTE

Verdict = Literal["identical", "close", "different", "could-not-judge"]
Share = Annotated[float, AtLeast(0)]
Bin = Mapping[str, JsonValue]


@attrs.frozen(kw_only=True)
class PlaceRow:
    """One place that differs: where it is, both values, their distance in ulp, floats also in hexadecimal."""

    a: JsonValue
    b: JsonValue
    ulp: int | None
    kind: str | None
    epoch: int | None = attrs.field(default=None, metadata=OPTIONAL)
    step: int | None = attrs.field(default=None, metadata=OPTIONAL)
    stage: str | None = attrs.field(default=None, metadata=OPTIONAL)
    occurrence: int | None = attrs.field(default=None, metadata=OPTIONAL)
    field: str | None = attrs.field(default=None, metadata=OPTIONAL)
    tensor: str | None = attrs.field(default=None, metadata=OPTIONAL)
    index: tuple[int, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    a_is: str | None = attrs.field(default=None, metadata=OPTIONAL)
    b_is: str | None = attrs.field(default=None, metadata=OPTIONAL)
    a_hex: str | None = attrs.field(default=None, metadata=OPTIONAL)
    b_hex: str | None = attrs.field(default=None, metadata=OPTIONAL)
    a_bits: str | None = attrs.field(default=None, metadata=OPTIONAL)
    b_bits: str | None = attrs.field(default=None, metadata=OPTIONAL)
    largest_ulp: int | None = attrs.field(default=None, metadata=OPTIONAL)
    differing: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    elements: Count | tuple[int, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    chunks: Mapping[str, int] | None = attrs.field(default=None, metadata=OPTIONAL)
    share: Share | None = attrs.field(default=None, metadata=OPTIONAL)
    histogram: tuple[Bin, ...] | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class EventRow:
    """One event of a trace, with the tensors of both sides that differ."""

    stage: str
    occurrence: Count
    epoch: int | None = attrs.field(default=None, metadata=OPTIONAL)
    step: int | None = attrs.field(default=None, metadata=OPTIONAL)
    kind: str | None = attrs.field(default=None, metadata=OPTIONAL)
    at: str | None = attrs.field(default=None, metadata=OPTIONAL)
    n: tuple[int, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    inputs: tuple[PlaceRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    outputs: tuple[PlaceRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    exact: bool | None = attrs.field(default=None, metadata=OPTIONAL)
    inputs_equal: bool | None = attrs.field(default=None, metadata=OPTIONAL)
    count: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    measure: str | None = attrs.field(default=None, metadata=OPTIONAL)
    before: float | None = attrs.field(default=None, metadata=OPTIONAL)
    after: float | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class SplitRow:
    """A place where the control flow parts."""

    after: EventRow | None
    a: tuple[EventRow, ...]
    b: tuple[EventRow, ...]
    only_a: Count
    only_b: Count


@attrs.frozen(kw_only=True)
class GrowthRow:
    """How much differs in a step."""

    first: Mapping[str, int]
    last: Mapping[str, int]
    events: Count
    differing: Count
    ulp: int | None


@attrs.frozen(kw_only=True)
class WorldDifference:
    """One field in which the worlds of two traces differ."""

    field: str
    a: JsonValue
    b: JsonValue


@attrs.frozen(kw_only=True)
class RunTensors:
    """Tensors that differ between two runs."""

    final_weights: tuple[PlaceRow, ...]
    predictions: tuple[PlaceRow, ...]


@attrs.frozen(kw_only=True)
class EqualSides:
    """Sides that are equal: one class of several."""

    id: Count
    members: tuple[str, ...]


@attrs.frozen(kw_only=True)
class PartingRow:
    """Where the first class and another one part."""

    a: str
    b: str
    verdict: Verdict
    sentence: str
    first: PlaceRow | None
    kind: str | None


@attrs.frozen(kw_only=True)
class DiffAnswer:
    """What `diff --json` prints; runs, traces, files of arrays and several sides have keys of their own."""

    verdict: Verdict
    sentence: str
    first: PlaceRow | None
    kind: str | None
    coverage: JsonObject
    notes: tuple[str, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    places: tuple[PlaceRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    tensors: tuple[PlaceRow, ...] | RunTensors | None = attrs.field(default=None, metadata=OPTIONAL)
    histogram: tuple[Bin, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    elements: tuple[PlaceRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    origin: EventRow | None = attrs.field(default=None, metadata=OPTIONAL)
    origins: tuple[EventRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    origin_count: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    receivers: tuple[EventRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    absorbed: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    amplifier: EventRow | None = attrs.field(default=None, metadata=OPTIONAL)
    decision: EventRow | None = attrs.field(default=None, metadata=OPTIONAL)
    output: EventRow | None = attrs.field(default=None, metadata=OPTIONAL)
    order: EventRow | None = attrs.field(default=None, metadata=OPTIONAL)
    control_flow: tuple[SplitRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    growth: tuple[GrowthRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    worlds: tuple[WorldDifference, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    classes: tuple[EqualSides, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    splits: tuple[PartingRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class ProofRow:
    """One run that proves a cause, or what a remedy did."""

    what: str
    result: str
    holds: bool


@attrs.frozen(kw_only=True)
class ExcludedRow:
    """An axis that is not the cause."""

    axis: str
    how: str
    tested: bool


@attrs.frozen(kw_only=True)
class EvidenceRow:
    """One measurement in both worlds."""

    what: str
    a: str
    b: str


@attrs.frozen(kw_only=True)
class AloneRow:
    """The operation at the origin alone, in one world."""

    axis: str
    value: str
    status: Literal["changes", "same", "not-tested"]
    found: str


@attrs.frozen(kw_only=True)
class WhyAnswer(DiffAnswer):
    """What `why --json` prints: the answer of `diff`, with the cause; null where nothing differs."""

    cause: str | None
    mechanism: str
    proof: tuple[ProofRow, ...]
    excluded: tuple[ExcludedRow, ...]
    values: str | None = attrs.field(default=None, metadata=OPTIONAL)
    also: tuple[str, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    grade: Literal["shown", "recorded", "not shown"] | None = attrs.field(default=None, metadata=OPTIONAL)
    evidence: tuple[EvidenceRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    alone: tuple[AloneRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    remedy: str | None = attrs.field(default=None, metadata=OPTIONAL)
    fixed: tuple[ProofRow, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    runs: Count | None = attrs.field(default=None, metadata=OPTIONAL)


DIFF_ANSWER = FileKind(
    name="an answer of diff",
    schema="repro-appliance/diff/1",
    form=DiffAnswer,
    limit=256 * MEBIBYTE,
    remedy="make it again: repro-appliance diff A B --json",
)
WHY_ANSWER = FileKind(
    name="an answer of why",
    schema="repro-appliance/why/1",
    form=WhyAnswer,
    limit=256 * MEBIBYTE,
    remedy="make it again: repro-appliance why A B --json",
)
