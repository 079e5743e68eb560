"""Benchmarks one configuration: repeats of one seed, derived seeds, timings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.fresh import run_in_fresh_process
from appliance.benchmark.repeats import require_identical, run_interleaved, run_seeds
from appliance.config import load_config
from appliance.launch.variables import PROFILES
from appliance.training.execute import run_training
from verify.errors import DifferentError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.benchmark.repeats import RepeatsReport, Run, SeedsReport
    from appliance.config import Config

SCHEMA = "repro-appliance/benchmark/1"


@attrs.frozen(kw_only=True)
class Request:
    """What a benchmark runs.

    Args:
        config: a named configuration or the path of one.
        overrides: other values for some keys, as in "training.epochs=3".
        repeats: runs with the same seed, at least 2, which must agree; 0 for none.
        seeds: runs with derived seeds for mean, deviation and interval; 0 for none.
        against: profiles to time in turn with `profile`, separated by commas. They are timed, not judged.
        profile: the profile that is judged.
        threads: BLAS threads.
        data_dir: where data files are; None for the usual places.
        fresh: every run in an interpreter of its own.
    """

    config: str
    overrides: tuple[str, ...] = ()
    repeats: int = 3
    seeds: int = 0
    against: str = ""
    profile: str = "portable"
    threads: int = 1
    data_dir: Path | None = None
    fresh: bool = False


@attrs.frozen(kw_only=True)
class Benchmark:
    """What a benchmark found: repeats by profile, and the runs with derived seeds."""

    request: Request
    config: Config
    repeated: dict[str, RepeatsReport]
    varied: SeedsReport | None

    @property
    def bug(self) -> DifferentError | None:
        """The reproducibility bug of the judged profile; None if its repeats agree or were not asked for."""
        judged = self.repeated.get(self.request.profile)
        try:
            if judged is not None:
                require_identical(judged)
        except DifferentError as error:
            return error
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; see docs/determinism.md. `timing` is measured, never hashed."""
        judged = self.repeated.get(self.request.profile)
        verdict = "not-asked" if judged is None else "identical" if judged.identical else "different"
        return {
            "schema": SCHEMA,
            "config": self.config.name,
            "config_digest": self.config.digest(),
            "seed": self.config.seed,
            "precision": self.config.precision,
            "profile": self.request.profile,
            "threads": self.request.threads,
            "verdict": verdict,
            "repeats": {name: _describe_repeats(report) for name, report in self.repeated.items()},
            "seeds": None if self.varied is None else attrs.asdict(self.varied),
            "timing": {
                name: {timing: attrs.asdict(summary) for timing, summary in report.timings.items()}
                for name, report in self.repeated.items()
            },
        }


def _describe_repeats(report: RepeatsReport) -> dict[str, Any]:
    return {
        "count": report.count,
        "identical": report.identical,
        "first_difference": None if report.difference is None else report.difference.to_json(),
        "run_digest": report.run_digest,
        "spread": report.spread,
    }


def run_benchmark(request: Request) -> Benchmark:
    """Repeat and vary one configuration.

    Raises:
        UsageError: the request asks for nothing, or names an unknown profile.
        ApplianceError: the run could not be made.
    """
    subjects = [request.profile, *list_rivals(request.against, request.profile)]
    _require_work(request, subjects)
    config = load_config(request.config, overrides=request.overrides)
    runs = {name: _choose_run(name, request) for name in subjects}
    return Benchmark(
        request=request,
        config=config,
        repeated=run_interleaved(config, request.repeats, runs) if request.repeats else {},
        varied=run_seeds(config, request.seeds, runs[request.profile]) if request.seeds else None,
    )


def list_rivals(against: str, profile: str) -> list[str]:
    """Return the profiles named in `against`, separated by commas, each once, without `profile` itself.

    Raises:
        UsageError: an unknown profile.
    """
    names = [name.strip() for name in against.split(",") if name.strip()]
    for name in names:
        if name not in PROFILES:
            known = ", ".join((*PROFILES, "or torch alone"))
            raise UsageError("no such profile", expected=known, found=name, where="--against")
    return [name for name in dict.fromkeys(names) if name != profile]


def _require_work(request: Request, subjects: list[str]) -> None:
    repeats, seeds = request.repeats, request.seeds
    if repeats == 1 or repeats < 0:
        raise UsageError("one run cannot be compared", expected="0, or 2 or more repeats", found=repeats)
    if seeds < 0 or not (repeats or seeds):
        raise UsageError(
            "nothing to do", expected="--repeats 2 or more, or --seeds 1 or more", found=f"--seeds {seeds}"
        )
    if len(subjects) > 1 and not repeats:
        raise UsageError("--against needs repeats", expected="--repeats 2 or more", found=repeats)


def _choose_run(profile: str, request: Request) -> Run:
    run = run_in_fresh_process if request.fresh else run_training
    return partial(run, profile=profile, threads=request.threads, data_dir=request.data_dir)
