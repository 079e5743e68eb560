"""How whole training runs grow with samples, width, depth, threads; how accurate they are in the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.statistics import summarize_median
from appliance.config import load_config, make_stack
from appliance.errors import DataError
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.config.schema import Config, Precision
    from appliance.training.record import Record

    Train = Callable[..., Record]

PROFILES = ("portable", "native")
_SAMPLES = (2048, 8192, 32768)
_WIDTHS = (32, 128, 512, 2048)
_DEPTHS = (1, 2, 4, 8)
_REAL = ("mnist-mlp", "fashion-mlp")
_TRAINED: tuple[tuple[str, Precision], ...] = (("native", "f32"), ("portable", "f32"), ("portable", "f64"))


@attrs.frozen(kw_only=True)
class GrowthCase:
    """One point on one axis: what is trained, on how many threads."""

    axis: str
    value: int
    config: Config
    threads: int


def list_growth_cases(threads: int, *, quick: bool) -> Iterator[GrowthCase]:
    """Yield `baseline` for one epoch, varied along one axis at a time; `quick` for the ends of two axes."""
    base = load_config("baseline")
    data = attrs.evolve(base.data, train_samples=4096, test_samples=64)
    base = attrs.evolve(base, data=data, training=attrs.evolve(base.training, epochs=1))
    for samples in _SAMPLES[:2] if quick else _SAMPLES:
        config = attrs.evolve(base, data=attrs.evolve(data, train_samples=samples))
        yield GrowthCase(axis="samples", value=samples, config=config, threads=threads)
    for depth in _DEPTHS[:2] if quick else _DEPTHS:
        config = attrs.evolve(base, model=make_stack(784, *[128] * depth, 10))
        yield GrowthCase(axis="depth", value=depth, config=config, threads=threads)
    if quick:
        return
    for width in _WIDTHS:
        wide = attrs.evolve(base, model=make_stack(784, width, 10))
        yield GrowthCase(axis="width", value=width, config=wide, threads=threads)
    for width in _WIDTHS[1:]:
        wide = attrs.evolve(base, model=make_stack(784, width, 10))
        for count in range(1, min(2, os.cpu_count() or 1) + 1):
            yield GrowthCase(axis=f"threads, width {width}", value=count, config=wide, threads=count)


def measure_growth(case: GrowthCase, rounds: int, train: Train = run_training) -> list[dict[str, Any]]:
    """Train in both profiles in turns, after one run of each that is not counted; return a row for each.

    Rows give axis, value, subject and examples per second with the interval of its median.
    """
    speeds: dict[str, list[float]] = {profile: [] for profile in PROFILES}
    for number in range(rounds + 1):
        for profile in PROFILES[number % 2 :] + PROFILES[: number % 2]:
            record = train(case.config, profile=profile, threads=case.threads)
            if number:
                speeds[profile].append(record.timing["examples_per_second"])
    rows = []
    for profile in PROFILES:
        speed = summarize_median(speeds[profile])
        rows.append(
            {
                "axis": case.axis,
                "value": case.value,
                "subject": f"{profile} {case.config.precision}",
                "examples_per_second": speed.median,
                "low": speed.low,
                "high": speed.high,
                "rounds": speed.n,
            }
        )
    return rows


def measure_accuracy(threads: int, data_dir: Path | None, train: Train = run_training) -> Iterator[dict[str, Any]]:
    """Yield the test accuracy, as a fraction, of equal runs on the real data; None where the data is not there."""
    for name in _REAL:
        config = load_config(name)
        for profile, precision in _TRAINED:
            changed = attrs.evolve(config, precision=precision)
            try:
                record = train(changed, profile=profile, threads=threads, data_dir=data_dir)
            except DataError:
                accuracy = None
            else:
                accuracy = record.metrics["test_accuracy"]
            yield {
                "config": name,
                "epochs": config.training.epochs,
                "subject": f"{profile} {precision}",
                "test_accuracy": accuracy,
            }
