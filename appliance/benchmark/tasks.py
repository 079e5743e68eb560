"""The runs of a benchmark, one task each: listed in order, carried out anywhere, each with the place where it ran."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - attrs resolves the annotations
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.fresh import run_in_fresh_process
from appliance.config.schema import Config  # noqa: TC001 - as above
from appliance.numerics.exchange import ALONE
from appliance.seeds import derive_benchmark_seed
from appliance.training.execute import run_training
from verify.errors import ApplianceError, CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.processes.child import Children


@attrs.frozen(kw_only=True)
class Place:
    """Where a run was made: a worker's number and its host; the number is 0 where there is only one process."""

    worker: int = 0
    host: str = ""

    def __str__(self) -> str:
        return f"worker {self.worker} on {self.host}"


HERE = Place()


@attrs.frozen(kw_only=True)
class Task:
    """One run.

    Args:
        config: what is trained, with the seed of this run.
        source: the words that name the configuration on a command line.
        name: what the run is, in words, such as "repeat 1" or "seed 5".
        profile: the profile of the run.
        threads: BLAS threads.
        data_dir: where data files are; None for the usual places.
        fresh: in an interpreter of its own.
    """

    config: Config
    source: str
    name: str = "run"
    profile: str = "portable"
    threads: int = 1
    data_dir: Path | None = None
    fresh: bool = False


@attrs.frozen(kw_only=True)
class Outcome:
    """What a task gave: the record as JSON values, or the error, and the place where it ran."""

    record: dict[str, Any] | None = None
    error: ApplianceError | None = None
    place: Place = HERE


def list_repeats(task: Task, repeats: int, profiles: Sequence[str]) -> list[Task]:
    """Return the tasks of repeats with one seed; profiles take turns, in an order that turns by one each round.

    Raises:
        UsageError: fewer than two repeats.
    """
    if repeats < 2:  # noqa: PLR2004 - one run has nothing to agree with
        raise UsageError("there are too few repeats to compare", expected="2 or more", found=repeats)
    turns = [(index, index % len(profiles)) for index in range(repeats)]
    return [
        attrs.evolve(task, name=f"repeat {index}", profile=profile)
        for index, turn in turns
        for profile in (*profiles[turn:], *profiles[:turn])
    ]


def list_seeds(task: Task, seeds: int) -> list[Task]:
    """Return the tasks of runs with different seeds; the first is the configuration's, the others derive from it.

    Raises:
        UsageError: fewer than one seed.
    """
    if seeds < 1:
        raise UsageError("statistics need at least one seed", expected="1 or more", found=seeds)
    chosen = [derive_benchmark_seed(task.config.seed, index) for index in range(seeds)]
    return [attrs.evolve(task, name=f"seed {seed}", config=attrs.evolve(task.config, seed=seed)) for seed in chosen]


def run_task(task: Task, place: Place = HERE, children: Children | None = None) -> Outcome:
    """Carry out a task; an exception becomes part of the outcome, so that it reaches the process that asked.

    Args:
        task: what to do.
        place: where this is.
        children: the group of processes to which a fresh one belongs; None for one of its own.
    """
    try:
        record = _run(task, children)
    except Exception as error:  # noqa: BLE001 - it is reported where the run was asked for
        return Outcome(error=_describe_error(error), place=place)
    return Outcome(record=record, place=place)


def _run(task: Task, children: Children | None) -> dict[str, Any]:
    profile, threads, folder = task.profile, task.threads, task.data_dir
    if not task.fresh:
        return run_training(task.config, profile=profile, threads=threads, data_dir=folder, exchange=ALONE).to_json()
    found = run_in_fresh_process(task.config, profile=profile, threads=threads, data_dir=folder, children=children)
    return found.to_json()


def require_record(task: Task, outcome: Outcome) -> dict[str, Any]:
    """Return the record of a task that went well.

    Raises:
        ApplianceError: the run failed; the error names the task.
    """
    if outcome.record is not None:
        return outcome.record
    error = outcome.error or CouldNotJudgeError("a run gave nothing")
    words = [task.config.name, task.name, *([] if outcome.place == HERE else [str(outcome.place)])]
    place = ", ".join(words)
    error.where = place if error.where is None else f"{place}: {error.where}"
    error.remedy = error.remedy or f"repro-appliance train {task.source} --seed {task.config.seed}"
    raise error


def _describe_error(error: Exception) -> ApplianceError:
    """Return the exception of a run as an error of the project, with texts only: its parts and its cause stay here."""
    if isinstance(error, MemoryError):
        return UsageError("memory ran out", remedy="smaller batches or layers, fewer samples, fewer runs at a time")
    if isinstance(error, OSError):
        return UsageError("a file cannot be read or written", where=error.filename, found=error.strerror or str(error))
    if not isinstance(error, ApplianceError):
        return UsageError("a run failed", found=f"{type(error).__name__}: {error}")
    error.remedy = error.remedy
    error.expected, error.found, error.where = map(_write, (error.expected, error.found, error.where))
    return error


def _write(value: object) -> object:
    """Return one part of an error as text, several as texts."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return value if value is None else str(value)
