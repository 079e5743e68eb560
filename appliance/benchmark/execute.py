"""Benchmarks one configuration: repeats of one seed, derived seeds, timings."""

from __future__ import annotations

import shlex
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from appliance.benchmark.repeats import compare_repeats, require_identical
from appliance.benchmark.seeds import summarize_seeds
from appliance.benchmark.spreading import OneProcess
from appliance.benchmark.tasks import Place, Task, list_repeats, list_seeds, require_record
from appliance.config import load_config
from appliance.launch.variables import PROFILES
from verify.errors import DifferentError, UsageError
from verify.files.record import RECORD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.benchmark.repeats import RepeatsReport
    from appliance.benchmark.seeds import SeedsReport
    from appliance.benchmark.spreading import Pool
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


class _Done(NamedTuple):
    """A run that went well."""

    task: Task
    record: dict[str, Any]
    place: Place


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


def run_benchmark(request: Request, pool: Pool | None = None) -> Benchmark:
    """Repeat and vary one configuration.

    Args:
        request: what to run.
        pool: where the runs are made; None for this process.

    Raises:
        UsageError: the request asks for nothing, names an unknown profile, or wants times that say nothing.
        ApplianceError: the run could not be made.
    """
    config = load_config(request.config, overrides=request.overrides)
    return run_benchmarks([(request, config)], pool or OneProcess())[0]


def run_benchmarks(subjects: Sequence[tuple[Request, Config]], pool: Pool) -> list[Benchmark]:
    """Repeat and vary several configurations, all runs spread over one pool. Errors as for `run_benchmark`."""
    planned = [(request, config, _list_tasks(request, config, timed=pool.timed)) for request, config in subjects]
    tasks = [task for _, _, own in planned for task in own]
    done: list[_Done] = []
    with closing(pool.run(tasks)) as outcomes:
        for task, outcome in zip(tasks, outcomes, strict=True):
            done.append(_Done(task, require_record(task, outcome), outcome.place))
    reports = []
    for request, config, own in planned:
        reports.append(_report(request, config, done[: len(own)], timed=pool.timed))
        del done[: len(own)]
    return reports


def _report(request: Request, config: Config, done: Sequence[_Done], *, timed: bool) -> Benchmark:
    """Compare and summarise the runs of one configuration, which are in the order of `_list_tasks`."""
    cut = len(done) - request.seeds
    repeats: dict[str, list[_Done]] = {}
    for one in done[:cut]:
        repeats.setdefault(one.task.profile, []).append(one)
    varied = done[cut:]
    return Benchmark(
        request=request,
        config=config,
        repeated={
            name: compare_repeats(
                config.seed,
                [RECORD.parse(one.record, f"{name}, {one.task.name}") for one in own],
                [one.place for one in own],
                timed=timed,
            )
            for name, own in repeats.items()
        },
        varied=summarize_seeds(
            [one.task.config.seed for one in varied], [one.record.get("metrics", {}) for one in varied]
        )
        if varied
        else None,
    )


def _list_tasks(request: Request, config: Config, *, timed: bool) -> list[Task]:
    """Return all runs of a benchmark: the repeats, and then those with different seeds."""
    profiles = [request.profile, *list_rivals(request.against, request.profile)]
    _require_work(request, profiles)
    if len(profiles) > 1 and not timed:
        raise UsageError(
            "--against compares times, and runs side by side disturb each other",
            expected="one run at a time: no --jobs, no mpiexec",
            found=f"--against {request.against}",
        )
    task = Task(
        config=config,
        source=shlex.join([request.config, *(word for one in request.overrides for word in ("--set", one))]),
        profile=request.profile,
        threads=request.threads,
        data_dir=request.data_dir,
        fresh=request.fresh,
    )
    tasks = list_repeats(task, request.repeats, profiles) if request.repeats else []
    return tasks + (list_seeds(task, request.seeds) if request.seeds else [])


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
