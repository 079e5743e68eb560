"""Every combination of some values of some settings, each with the same seeds, as one table."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.execute import Benchmark, Request, run_benchmarks
from appliance.config import load_config
from appliance.config.overrides import read_key, split_values
from verify.errors import DifferentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.benchmark.spreading import Pool
    from appliance.config import Config

SCHEMA = "repro-appliance/sweep/1"
SEEDS = 3  # of every combination, where no number is given
_MOST = 1000  # combinations of one sweep
_SWEEP = "--sweep"


@attrs.frozen(kw_only=True)
class Axis:
    """One setting and its values, each as the command line has it."""

    key: str
    values: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Combination:
    """One configuration of a sweep: the words of the command line that vary, and what was found with them."""

    name: str
    settings: dict[str, str]
    benchmark: Benchmark

    @property
    def title(self) -> str:
        """The configuration and its settings in words."""
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.settings.items())])


@attrs.frozen(kw_only=True)
class Sweep:
    """All combinations, in the order of the command line: the last setting varies fastest."""

    request: Request
    axes: tuple[Axis, ...]
    combinations: tuple[Combination, ...]

    @property
    def bug(self) -> DifferentError | None:
        """The reproducibility bug of the first combination that has one."""
        for combination in self.combinations:
            if (bug := combination.benchmark.bug) is not None:
                bug.where = f"{combination.title}: {bug.where}"
                return bug
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; see docs/determinism.md."""
        rows = [one.benchmark.to_json() | {"settings": one.settings} for one in self.combinations]
        verdicts = [row["verdict"] for row in rows]
        return {
            "schema": SCHEMA,
            "verdict": "different" if "different" in verdicts else verdicts[0],
            "profile": self.request.profile,
            "threads": self.request.threads,
            "axes": {axis.key: list(axis.values) for axis in self.axes},
            "rows": [{name: value for name, value in row.items() if name != "schema"} for row in rows],
        }


def parse_axes(texts: Sequence[str], overrides: Sequence[str]) -> tuple[Axis, ...]:
    """Return the settings of a sweep from words such as training.batch_size=32,64.

    Raises:
        ConfigurationError: a text is not KEY=V1,V2,...
        UsageError: a key or a value is there twice, or `overrides` sets the key as well.
    """
    axes: dict[str, Axis] = {}
    fixed = {read_key(override, "--set") for override in overrides}
    for text in texts:
        key = read_key(text, _SWEEP)
        values = split_values(text.partition("=")[2])
        where = f"{_SWEEP} {text}"
        if key in axes or key in fixed:
            raise UsageError("a key is set twice", expected="--sweep or --set, once", found=key, where=where)
        if len(set(values)) < len(values):
            raise UsageError("a value of a sweep is there twice", expected="different values", where=where)
        axes[key] = Axis(key=key, values=values)
    return tuple(axes.values())


def list_combinations(
    request: Request, names: Sequence[str], axes: Sequence[Axis]
) -> list[tuple[str, dict[str, str], Config]]:
    """Return every combination as its configuration's name, its settings and its configuration.

    Raises:
        UsageError: there are too many.
        ConfigurationError: a value is not valid for its setting.
    """
    count = len(names) * math.prod(len(axis.values) for axis in axes)
    if count > _MOST:
        numbers = {"configurations": len(names)} | {axis.key: len(axis.values) for axis in axes}
        found = f"{count}: " + " * ".join(f"{number} ({name})" for name, number in numbers.items())
        raise UsageError("a sweep has too many combinations", expected=f"at most {_MOST}", found=found, where=_SWEEP)
    combinations = []
    for name, *values in itertools.product(names, *(axis.values for axis in axes)):
        settings = {axis.key: value for axis, value in zip(axes, values, strict=True)}
        swept = [f"{key}={value}" for key, value in settings.items()]
        combinations.append((name, settings, load_config(name, overrides=request.overrides, swept=swept)))
    return combinations


def run_sweep(request: Request, names: Sequence[str], texts: Sequence[str], pool: Pool) -> Sweep:
    """Run every combination with the repeats and seeds of a request; all runs are spread over one pool.

    Args:
        request: what is done with every combination; its configuration is not read.
        names: the configurations.
        texts: the settings that vary, such as training.batch_size=32,64.
        pool: where the runs are made.

    Raises:
        ApplianceError: a combination is not valid, or a run failed; no run begins before all combinations are valid.
    """
    axes = parse_axes(texts, request.overrides)
    chosen = list_combinations(request, names, axes)
    subjects = []
    for name, settings, config in chosen:
        swept = [f"{key}={value}" for key, value in settings.items()]
        subjects.append((attrs.evolve(request, config=name, overrides=(*request.overrides, *swept)), config))
    done = run_benchmarks(subjects, pool)
    combinations = [
        Combination(name=name, settings=settings, benchmark=benchmark)
        for (name, settings, _), benchmark in zip(chosen, done, strict=True)
    ]
    return Sweep(request=request, axes=axes, combinations=tuple(combinations))
