"""The command `benchmark`: repeats, seeds and timings of one configuration.

What loads NumPy is imported inside the functions, after the environment has been set.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from appliance.launch.variables import PROFILES
from verify.errors import DifferentError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.benchmark.repeats import RepeatsReport, Run, SeedsReport
    from appliance.config.schema import Config

SCHEMA = "repro-appliance/benchmark/1"


def run_benchmark(
    *,
    config: str,
    repeats: int,
    seeds: int,
    against: str | None,
    as_json: bool,
    profile: str,
    threads: int,
    data_dir: Path | None,
    fresh: bool = False,
) -> int:
    """Repeat and vary one configuration, print what came of it, return 0, or 1 for a reproducibility bug.

    Args:
        config: a named configuration or the path of one.
        repeats: runs with the same seed, at least 2, which must agree bit for bit; 0 leaves them out.
        seeds: runs with derived seeds for mean, deviation and interval; 0 leaves them out.
        against: profiles to time in turn with `profile`, separated by commas. They are timed, not judged.
        as_json: one JSON object on standard output instead of tables.
        profile: the profile that is judged.
        threads: BLAS threads.
        data_dir: the data directory, where not the default.
        fresh: every run in an interpreter of its own.

    Raises:
        ApplianceError: whatever stops a run; a request that asks for nothing.
    """
    from appliance.benchmark.repeats import run_interleaved, run_seeds
    from appliance.config import load_config

    subjects = [profile, *list_rivals(against, profile)]
    _require_work(repeats, seeds, subjects)
    settings = load_config(config)
    runs = {name: _choose_run(name, threads, data_dir, fresh=fresh) for name in subjects}
    repeated = run_interleaved(settings, repeats, runs) if repeats else {}
    varied = run_seeds(settings, seeds, runs[profile]) if seeds else None
    answer = build_answer(settings, profile, threads, repeated, varied)
    if as_json:
        sys.stdout.write(json.dumps(answer, sort_keys=True, indent=2) + "\n")
    else:
        sys.stderr.write(format_answer(answer))
    return report_bug(repeated.get(profile))


def list_rivals(against: str | None, profile: str) -> list[str]:
    """Return the profiles named in `against`, separated by commas, without `profile` itself or repetition.

    Raises:
        UsageError: a name that is no profile.
    """
    names = [name.strip() for name in (against or "").split(",") if name.strip()]
    for name in names:
        if name not in PROFILES:
            raise UsageError("no such profile", expected=", ".join(PROFILES), found=name, where="--against")
    return [name for name in dict.fromkeys(names) if name != profile]


def _require_work(repeats: int, seeds: int, subjects: list[str]) -> None:
    if repeats == 1 or repeats < 0:
        raise UsageError("repeats need something to agree with", expected="0, or 2 or more", found=repeats)
    if seeds < 0 or not (repeats or seeds):
        raise UsageError(
            "nothing to do", expected="--repeats 2 or more, or --seeds 1 or more", found=f"--seeds {seeds}"
        )
    if len(subjects) > 1 and not repeats:
        raise UsageError("--against times repeats", expected="--repeats 2 or more", found=repeats)


def _choose_run(profile: str, threads: int, data_dir: Path | None, *, fresh: bool) -> Run:
    if fresh:
        from appliance.processes.fresh import run_in_fresh_process

        return partial(run_in_fresh_process, profile=profile, threads=threads, data_dir=data_dir)
    from appliance.training.execute import run_training

    return partial(run_training, profile=profile, threads=threads, data_dir=data_dir)


def build_answer(
    config: Config, profile: str, threads: int, repeated: dict[str, RepeatsReport], varied: SeedsReport | None
) -> dict[str, Any]:
    """Return the JSON form of a benchmark; see docs/determinism.md. `timing` is measured, never hashed."""
    judged = repeated.get(profile)
    verdict = "not-asked" if judged is None else "identical" if judged.identical else "different"
    return {
        "schema": SCHEMA,
        "config": config.name,
        "config_digest": config.digest(),
        "seed": config.seed,
        "precision": config.precision,
        "profile": profile,
        "threads": threads,
        "verdict": verdict,
        "repeats": {name: _describe_repeats(report) for name, report in repeated.items()},
        "seeds": None if varied is None else attrs.asdict(varied),
        "timing": {
            name: {timing: attrs.asdict(summary) for timing, summary in report.timings.items()}
            for name, report in repeated.items()
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


def format_answer(answer: dict[str, Any]) -> str:
    """Return a benchmark's JSON form as text: the verdict, then one table each for seeds and timings."""
    lines = [f"benchmark {answer['config']}, profile {answer['profile']}, {answer['threads']} thread(s)"]
    for name, row in answer["repeats"].items():
        state = "identical, bit for bit" if row["identical"] else "DIFFERENT"
        lines.append(f"  {name:<10} {row['count']} repeats with seed {answer['seed']}: {state}")
        lines.append(f"  {'':<10} {row['run_digest']}")
    if answer["seeds"]:
        lines += _format_seeds(answer["seeds"])
    if any(answer["timing"].values()):
        lines += _format_timings(answer["timing"])
    return "\n".join(lines) + "\n"


def _format_seeds(seeds: dict[str, Any]) -> list[str]:
    lines = ["", f"  over {len(seeds['seeds'])} seed(s)   {'mean':>12} {'deviation':>12}   95 % interval (Student's t)"]
    for name, row in seeds["metrics"].items():
        numbers = f"{row['mean']:12.6f} {_format_number(row['standard_deviation']):>12}"
        lines.append(f"  {name:<16} {numbers}   {_format_interval(row)}")
    return lines


def _format_timings(timing: dict[str, Any]) -> list[str]:
    lines = ["", f"  timing (never hashed)      {'median':>12}   interval of the median (order statistics)"]
    for name, rows in timing.items():
        for label, row in rows.items():
            lines.append(f"  {name:<10} {label:<15} {row['median']:12.4f}   {_format_interval(row)}")
    return lines


def _format_number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6f}"


def _format_interval(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return f"none from {row['n']} value(s)"
    return f"{row['low']:.6f} to {row['high']:.6f} ({100 * row['confidence']:.1f} %)"


def report_bug(judged: RepeatsReport | None) -> int:
    """Write a reproducibility bug to standard error; return the exit code, 0 or 1."""
    from appliance.benchmark.repeats import require_identical

    if judged is None:
        return 0
    try:
        require_identical(judged)
    except DifferentError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0
