"""What the JSON of an earlier run of the cost suite holds; unknown keys are kept for other versions."""

from collections.abc import Mapping
from typing import Annotated, Literal

import attrs

from verify.digests import JsonValue
from verify.files.forms import KEY
from verify.files.limits import AtLeast, Count
from verify.files.structure import structure

Extra = Mapping[str, JsonValue]
Text = str | None
Positive = Annotated[float, AtLeast(0)]
Ratio = Annotated[float, AtLeast(1e-9)]
Size = Annotated[int, AtLeast(1)]


@attrs.frozen(kw_only=True)
class Comparison:
    """A subject compared with a baseline; the interval is None where there were too few rounds."""

    case: str
    kind: Literal["op", "step"]
    subject: str
    baseline: str
    ratio: Ratio
    ratio_low: Ratio | None
    ratio_high: Ratio | None
    precision: Literal["f32", "f64"]
    seconds: Positive
    baseline_seconds: Positive
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class StepComparison:
    """What the comparison of a training step holds beside."""

    data: str
    hidden: Size
    batch: Size
    examples_per_second: Positive
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class MemoryRow:
    """The peak memory of one training; None where the system does not tell."""

    epochs: Count
    hidden: Count
    bytes: Count | None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class StartUpRow:
    """The wall time of one command."""

    command: str
    seconds: Positive
    low: Positive | None
    high: Positive | None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class GrowthRow:
    """The speed of whole runs at one point of an axis."""

    axis: str
    value: Count
    subject: str
    examples_per_second: Positive
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class AccuracyRow:
    """The test accuracy on real data; None without data."""

    config: str
    epochs: Count
    subject: str
    test_accuracy: Positive | None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Place:
    """The machine and its software."""

    machine: Text
    libc: Text
    peers: Mapping[str, Text]
    python: Text = attrs.field(metadata={KEY: "python.version"})
    numpy: Text = attrs.field(metadata={KEY: "numpy.version"})
    blas: Text = attrs.field(metadata={KEY: "blas.name"})
    blas_version: Text = attrs.field(metadata={KEY: "blas.version"})
    kernel: Text = attrs.field(metadata={KEY: "blas.kernel"})
    processor: Text = attrs.field(metadata={KEY: "cpu.model"})
    cores: Count | None = attrs.field(metadata={KEY: "cpu.logical_cores"})
    memory: Count | None = attrs.field(metadata={KEY: "memory.bytes"})
    system: Text = attrs.field(metadata={KEY: "os.name"})
    load_before: tuple[float, ...] | None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class CostAnswer:
    """One run of the suite; its targets are judged again by the reader."""

    bits: Count
    measured: str
    quick: bool
    threads: Count
    environment: Place
    rows: tuple[Comparison, ...]
    memory: tuple[MemoryRow, ...]
    start_up: tuple[StartUpRow, ...]
    growth: tuple[GrowthRow, ...]
    accuracy: tuple[AccuracyRow, ...]
    extra: Extra = attrs.field(factory=dict)


def check_answer(answer: Mapping[str, JsonValue]) -> None:
    """Make sure that a JSON object has the form of one run.

    Raises:
        ValueError: a key is missing, or a value has another form; the text says where.
    """
    found = structure({key: value for key, value in answer.items() if key != "schema"}, CostAnswer)
    for row in found.rows:
        _check_interval(row.ratio_low, row.ratio_high, row.case)
        if row.kind == "step":
            structure(row.extra, StepComparison)
    for command in found.start_up:
        _check_interval(command.low, command.high, command.command)


def _check_interval(low: float | None, high: float | None, where: str) -> None:
    if (low is None) != (high is None):
        raise ValueError(f"{where}: an interval has one end only")
