"""One configuration trained here as well as by PyTorch, seed by seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np

from appliance.benchmark.seeds import SEED_METRICS
from appliance.benchmark.statistics import MeanSummary, MedianSummary, summarize_mean, summarize_median
from appliance.data import load_dataset
from appliance.experiments.running import open_subject
from appliance.seeds import derive_benchmark_seed
from appliance.training.execute import run_training
from appliance.training.loop import Training
from appliance.twins.torch_training import train_in_torch
from verify.digests import digest_arrays
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.training.record import Record
    from appliance.twins.torch_training import TorchRun

SCHEMA = "repro-appliance/against-torch/1"


@attrs.frozen(kw_only=True, eq=False)
class SeedPair:
    """Both trainings of one seed, from the same initial parameters, on the same batches."""

    seed: int
    ours: Record
    torch: TorchRun

    def read_metrics(self, name: str) -> tuple[float, float] | None:
        """Return a final metric of both; None where one of them does not have it."""
        last, ours = self.torch.epochs[-1], self.ours.metrics.get(name)
        theirs = getattr(last, name, None)
        return None if ours is None or theirs is None else (float(ours), float(theirs))


@attrs.frozen(kw_only=True)
class MetricRow:
    """A final metric over seeds: of both, and of the difference, ours minus PyTorch's of the same seed."""

    name: str
    ours: MeanSummary
    torch: MeanSummary
    difference: MeanSummary


@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """What `benchmark --against torch` found.

    Attributes:
        config: what was trained.
        profile: of our trainings.
        threads: of both.
        pairs: one for each seed.
    """

    config: Config
    profile: str
    threads: int
    pairs: Sequence[SeedPair]

    def list_metrics(self) -> list[MetricRow]:
        """Return the final metrics that both have, over all seeds."""
        rows = []
        for name, limits in SEED_METRICS.items():
            found = [pair.read_metrics(name) for pair in self.pairs]
            values = [pair for pair in found if pair is not None]
            if len(values) == len(found):
                ours, theirs = ([pair[side] for pair in values] for side in (0, 1))
                rows.append(
                    MetricRow(
                        name=name,
                        ours=summarize_mean(ours, limits=limits),
                        torch=summarize_mean(theirs, limits=limits),
                        difference=summarize_mean([a - b for a, b in values]),
                    )
                )
        return rows

    def measure_speeds(self) -> dict[str, MedianSummary]:
        """Return training samples per second, evaluations included, and the quotient of both, ours over PyTorch's."""
        ours = [pair.ours.timing["examples_per_second"] for pair in self.pairs]
        theirs = [pair.torch.examples / pair.torch.seconds for pair in self.pairs]
        return {
            "ours": summarize_median(ours),
            "torch": summarize_median(theirs),
            "ratio": summarize_median([a / b for a, b in zip(ours, theirs, strict=True)]),
        }

    def to_json(self) -> dict[str, Any]:
        """Return the answer as a JSON object; times are measured, never hashed."""
        return {
            "schema": SCHEMA,
            "config": self.config.name,
            "config_digest": self.config.digest(),
            "precision": self.config.precision,
            "profile": self.profile,
            "threads": self.threads,
            "torch_version": self.pairs[0].torch.version,
            "seeds": [pair.seed for pair in self.pairs],
            "metrics": [attrs.asdict(row) for row in self.list_metrics()],
            "examples_per_second": {name: attrs.asdict(row) for name, row in self.measure_speeds().items()},
            "curves": [self._describe_curves(pair) for pair in self.pairs],
        }

    @staticmethod
    def _describe_curves(pair: SeedPair) -> dict[str, Any]:
        return {
            "seed": pair.seed,
            "ours": [attrs.asdict(row) for row in pair.ours.epochs],
            "torch": [attrs.asdict(row) for row in pair.torch.epochs],
            "final_weights": {
                "ours": pair.ours.digests["final_weights"],
                "torch": digest_arrays(pair.torch.arrays),
                "largest_difference": _find_largest_difference(pair),
            },
        }


def _find_largest_difference(pair: SeedPair) -> float:
    arrays = pair.torch.arrays
    return max(float(np.max(np.abs(np.subtract(arrays[name], pair.ours.parameters[name])))) for name in arrays)


class Start(NamedTuple):
    """Where both trainings of a configuration begin: all settings, the data, the initial parameters by name."""

    config: Config
    dataset: Dataset
    parameters: Mapping[str, NDArray[Any]]


def prepare(config: Config, *, portable: bool = True, data_dir: Path | None = None) -> Start:
    """Return where a training begins; the code of an experiment is run for that.

    Raises:
        ApplianceError: the data are not here, or the code failed.
    """
    with open_subject(config) as subject:
        dataset = subject.dataset or load_dataset(subject.config.data, config.seed, data_dir)
        return Start(subject.config, dataset, Training(subject.config, dataset, portable=portable).parameters)


def compare_with_torch(
    config: Config,
    *,
    seeds: int,
    profile: str = "portable",
    threads: int = 1,
    data_dir: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Train a configuration here and in PyTorch, in turn, once for each seed.

    Args:
        config: what to train; the first seed is its own, the others derive from it as in `benchmark --seeds`.
        seeds: how many, at least 1.
        profile: of our trainings.
        threads: of both.
        data_dir: where data files are; None for the usual places.
        progress: gets one line before each training.

    Raises:
        UsageError: fewer than one seed, PyTorch is not installed, or it has no counterpart to a layer.
        ApplianceError: a training could not be made.
    """
    if seeds < 1:
        raise UsageError("a comparison needs at least one seed", expected="1 or more", found=seeds)
    pairs = []
    for number in range(seeds):
        one = attrs.evolve(config, seed=derive_benchmark_seed(config.seed, number))
        start = prepare(one, portable=profile == "portable", data_dir=data_dir)
        given = None if one.experiment else start.dataset
        made: dict[str, Any] = {}
        for side in ("torch", "ours") if number % 2 else ("ours", "torch"):
            progress(f"seed {number + 1} of {seeds}: {'PyTorch' if side == 'torch' else profile}")
            if side == "torch":
                made[side] = train_in_torch(*start, threads=threads)
            else:
                made[side] = run_training(one, profile=profile, threads=threads, data_dir=data_dir, dataset=given)
        pairs.append(SeedPair(seed=one.seed, **made))
    return Comparison(config=config, profile=profile, threads=threads, pairs=pairs)
