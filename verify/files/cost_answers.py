"""What `benchmark --suite cost` prints as JSON, and reads again; unknown keys are kept for other versions."""

from collections.abc import Mapping
from typing import Annotated, Literal

import attrs

from verify.digests import JsonObject
from verify.files.forms import KEY, OPTIONAL
from verify.files.kinds import FileKind
from verify.files.limits import AtLeast, Count
from verify.files.reading import MEBIBYTE

Text = str | None
Positive = Annotated[float, AtLeast(0)]
Ratio = Annotated[float, AtLeast(1e-9)]
Size = Annotated[int, AtLeast(1)]
_OF_STEPS = ("data", "hidden", "batch", "examples_per_second")


@attrs.frozen(kw_only=True)
class CostRow:
    """One case: medians of the subject and its baseline; `ratio` above 1 means the subject is faster.

    The interval is null where there were too few rounds. The keys from `data` on are those of training steps.
    """

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
    data: str | None = attrs.field(default=None, metadata=OPTIONAL)
    hidden: Size | None = attrs.field(default=None, metadata=OPTIONAL)
    batch: Size | None = attrs.field(default=None, metadata=OPTIONAL)
    examples_per_second: Positive | None = attrs.field(default=None, metadata=OPTIONAL)
    extra: JsonObject = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Refuse half an interval, and a training step without its sizes or its speed."""
        _check_interval(self.ratio_low, self.ratio_high)
        lacking = [name for name in _OF_STEPS if getattr(self, name) is None]
        if self.kind == "step" and lacking:
            raise ValueError(f"a training step lacks {', '.join(lacking)}")


@attrs.frozen(kw_only=True)
class MemoryRow:
    """The peak memory of one training; null where the system does not tell."""

    epochs: Count
    hidden: Count
    bytes: Count | None
    extra: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class StartUpRow:
    """The wall time of one command."""

    command: str
    seconds: Positive
    low: Positive | None
    high: Positive | None
    extra: JsonObject = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Refuse half an interval."""
        _check_interval(self.low, self.high)


@attrs.frozen(kw_only=True)
class GrowthRow:
    """The speed of whole runs at one point of an axis."""

    axis: str
    value: Count
    subject: str
    examples_per_second: Positive
    extra: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class AccuracyRow:
    """The test accuracy on real data; null without data."""

    config: str
    epochs: Count
    subject: str
    test_accuracy: Positive | None
    extra: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class TargetRow:
    """One target and its worst case; null where nothing was measured."""

    title: str
    bound: float
    lower_is_better: bool
    unit: str
    data: str
    found: float | None
    where: str
    extra: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class CostPlace:
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
    extra: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class CostAnswer:
    """What `benchmark --suite cost --json` prints; `--from` judges its targets again."""

    bits: Count
    measured: str
    quick: bool
    parts: tuple[str, ...]
    threads: Count
    environment: CostPlace
    rows: tuple[CostRow, ...]
    memory: tuple[MemoryRow, ...]
    start_up: tuple[StartUpRow, ...]
    growth: tuple[GrowthRow, ...]
    accuracy: tuple[AccuracyRow, ...]
    targets: tuple[TargetRow, ...]
    extra: JsonObject = attrs.field(factory=dict)


COST_ANSWER = FileKind(
    name="an answer of the cost suite",
    schema="repro-appliance/cost/1",
    form=CostAnswer,
    limit=16 * MEBIBYTE,
    remedy="make it again: repro-appliance benchmark --suite cost --json",
)


@attrs.frozen(kw_only=True)
class CostRun(CostAnswer):
    """One of several answers of the suite, with its schema."""

    schema: Literal["repro-appliance/cost/1"]


@attrs.frozen(kw_only=True)
class CostRuns:
    """What `benchmark --suite cost --from FILE --from FILE --json` prints: several answers of the suite."""

    runs: tuple[CostRun, ...]


COST_RUNS = FileKind(
    name="several answers of the cost suite",
    schema="repro-appliance/cost-runs/1",
    form=CostRuns,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance benchmark --suite cost --from FILE --from FILE --json",
)


def _check_interval(low: float | None, high: float | None) -> None:
    if (low is None) != (high is None):
        raise ValueError("an interval has one end only")
