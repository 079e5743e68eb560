"""What `benchmark` prints as JSON: repeats, seeds, sweeps, a comparison with PyTorch."""

from collections.abc import Mapping
from typing import Literal

import attrs

from verify.digests import JsonObject
from verify.files.forms import OPTIONAL
from verify.files.kinds import FileKind
from verify.files.limits import ConfigName, Count, Digest
from verify.files.reading import MEBIBYTE
from verify.files.record import Profile
from verify.files.reports import ResultRow


@attrs.frozen(kw_only=True)
class MeanRow:
    """A mean over seeds, its standard deviation and interval; null for a single value."""

    n: Count
    mean: float
    standard_deviation: float | None
    low: float | None
    high: float | None
    confidence: float


@attrs.frozen(kw_only=True)
class MedianRow:
    """A median over repeats and its interval; null where there are too few."""

    n: Count
    median: float
    low: float | None
    high: float | None
    confidence: float | None


@attrs.frozen(kw_only=True)
class DeviationRow(ResultRow):
    """A repeat that differs from the first one: the first check that does not pass, and where both ran."""

    repeat: Count
    stage: str
    places: tuple[JsonObject, ...] | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class RepeatsRow:
    """Repeats of one seed, which must agree."""

    count: Count
    identical: bool
    first_difference: DeviationRow | None
    run_digest: Digest | None
    spread: Mapping[str, float]


@attrs.frozen(kw_only=True)
class SeedsRow:
    """Runs of different seeds: statistics of every metric."""

    seeds: tuple[int, ...]
    metrics: Mapping[str, MeanRow]


@attrs.frozen(kw_only=True)
class BenchmarkAnswer:
    """What `benchmark --json` prints; `timing` is measured and never hashed."""

    config: ConfigName
    config_digest: Digest
    seed: Count
    precision: str
    profile: Profile
    threads: Count
    verdict: Literal["identical", "different", "not-asked"]
    repeats: Mapping[str, RepeatsRow]
    seeds: SeedsRow | None
    timing: Mapping[str, Mapping[str, MedianRow]]


@attrs.frozen(kw_only=True)
class SweepRow(BenchmarkAnswer):
    """One combination of settings."""

    settings: Mapping[str, str]


@attrs.frozen(kw_only=True)
class SweepAnswer:
    """What `benchmark --sweep --json` prints: the values of every key, one row for each combination."""

    verdict: Literal["identical", "different", "not-asked"]
    profile: Profile
    threads: Count
    axes: Mapping[str, tuple[str, ...]]
    rows: tuple[SweepRow, ...]


@attrs.frozen(kw_only=True)
class MetricPair:
    """One metric of both libraries over seeds."""

    name: str
    ours: MeanRow
    torch: MeanRow
    difference: MeanRow


@attrs.frozen(kw_only=True)
class FinalWeights:
    """The final weights of both libraries."""

    ours: Digest
    torch: Digest
    largest_difference: float


@attrs.frozen(kw_only=True)
class CurvePair:
    """The epochs of both libraries with one seed."""

    seed: Count
    ours: tuple[JsonObject, ...]
    torch: tuple[JsonObject, ...]
    final_weights: FinalWeights


@attrs.frozen(kw_only=True)
class TorchAnswer:
    """What `benchmark --against torch --json` prints; `vary` has the answers of `vary` for both, with --axes."""

    config: ConfigName
    config_digest: Digest
    precision: str
    profile: Profile
    threads: Count
    torch_version: str
    seeds: tuple[int, ...]
    metrics: tuple[MetricPair, ...]
    examples_per_second: Mapping[str, MedianRow]
    curves: tuple[CurvePair, ...]
    vary: JsonObject | None = attrs.field(default=None, metadata=OPTIONAL)


BENCHMARK_ANSWER = FileKind(
    name="an answer of benchmark",
    schema="repro-appliance/benchmark/1",
    form=BenchmarkAnswer,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance benchmark NAME --json",
)
SWEEP_ANSWER = FileKind(
    name="a sweep",
    schema="repro-appliance/sweep/1",
    form=SweepAnswer,
    limit=256 * MEBIBYTE,
    remedy="make it again: repro-appliance benchmark NAME --sweep KEY=V1,V2 --json",
)
TORCH_ANSWER = FileKind(
    name="a comparison with PyTorch",
    schema="repro-appliance/against-torch/1",
    form=TorchAnswer,
    limit=64 * MEBIBYTE,
    remedy="make it again: repro-appliance benchmark NAME --against torch --json",
)
