"""Runs of a benchmark in several places: always in the order of the tasks, and one clear error."""

from __future__ import annotations

import pickle
import threading
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from appliance.benchmark import mpi, pools, spreading, tasks
from appliance.benchmark.execute import Request, run_benchmark
from appliance.benchmark.fresh import FreshRecord
from appliance.benchmark.spreading import FreshProcesses, OneProcess
from appliance.benchmark.tasks import HERE, Outcome, Place, Task, list_seeds, require_record, run_task
from appliance.benchmark.text import format_answer
from appliance.config import load_config
from appliance.launch.started import ALONE
from support.specimens import fake_digest, make_record
from verify.errors import CouldNotJudgeError, DifferentError, NonFiniteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from appliance.config import Config

TASK = Task(config=load_config("smoke"), source="smoke --set training.epochs=1")


def fake_run(config: Config, **_: Any) -> FreshRecord:  # noqa: ANN401 - settings are not used
    """Return a record whose metrics depend on the seed."""
    record = make_record(config.name)
    record["digests"] = {name: fake_digest(f"{name} {config.seed}") for name in record["digests"]}
    record["metrics"] = {"train_loss": 0.5, "test_loss": 0.75, "test_accuracy": config.seed % 1000 / 1000}
    return FreshRecord(value=record)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put `fake_run` in the place of training."""
    monkeypatch.setattr(tasks, "run_training", fake_run)
    monkeypatch.setattr(tasks, "run_in_fresh_process", fake_run)


def send(value: Any) -> Any:  # noqa: ANN401 - whatever can be pickled
    """Return a value as another process would get it."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes


class Executor:
    """Stands for that of mpi4py.futures: it carries out what is pickled, the last task first."""

    def map(self, function: Any, given: Sequence[Task]) -> Generator[Outcome]:  # noqa: ANN401 - any function
        """Yield the outcomes in the order of the tasks."""
        done = {}
        for number in reversed(range(len(given))):
            done[number] = send(function(send(given[number])))
        yield from (done[number] for number in range(len(given)))


class FakeMpi:
    """Stands for mpi4py.MPI in one worker."""

    class COMM_WORLD:  # noqa: N801 - the library's name
        """All processes."""

        rank = 3

    @staticmethod
    def Get_processor_name() -> str:  # noqa: N802 - the library's name
        """Return the host."""
        return "node-7"


def test_fresh_processes_keep_the_order_of_the_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run ends last, and its outcome comes first all the same; every run is a fresh one."""
    second_done = threading.Event()

    def run(task: Task, **_: Any) -> Outcome:  # noqa: ANN401 - not used
        assert task.fresh
        if task.config.seed == TASK.config.seed:
            assert second_done.wait(30)
        else:
            second_done.set()
        return Outcome(record={"seed": task.config.seed})

    monkeypatch.setattr(spreading, "run_task", run)
    found = list(FreshProcesses(2).run(list_seeds(TASK, 3)))
    assert [outcome.record for outcome in found] == [{"seed": task.config.seed} for task in list_seeds(TASK, 3)]


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("pool", [FreshProcesses(3), mpi.MpiPool(Executor())])
def test_every_pool_gives_the_same_json_but_for_timings(pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401 - two classes
    """Repeats and seeds on several workers are those of one process; what is timed side by side is left out."""
    monkeypatch.setattr("appliance.benchmark.mpi.importlib.import_module", lambda _: FakeMpi)
    request = Request(config="smoke", repeats=3, seeds=5)
    alone, spread = run_benchmark(request, OneProcess()).to_json(), run_benchmark(request, pool).to_json()
    assert "no times: runs were made side by side" in format_answer(spread)
    assert spread.pop("timing") == {"portable": {}}
    assert alone.pop("timing")["portable"]
    assert spread == alone


def test_times_side_by_side_are_refused() -> None:
    """Profiles cannot be timed in turn where runs disturb each other."""
    with pytest.raises(UsageError, match="--against compares times"):
        run_benchmark(Request(config="smoke", against="native"), FreshProcesses(2))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NonFiniteError("a value is not finite", where="step 3"), ["smoke, seed 1, worker 3 on node-7: step 3"]),
        (UsageError("no", remedy="do this"), ["seed 1", "do this"]),
        (MemoryError(), ["memory ran out", "seed 1"]),
        (PermissionError(13, "Permission denied", "/data"), ["cannot be read", "seed 1", "/data"]),
        (UsageError("no", found=[threading.Lock(), 2], expected=threading.Lock()), ["lock", "seed 1"]),
        (ZeroDivisionError("division by zero"), ["a run failed", "ZeroDivisionError", "train smoke --set training.ep"]),
    ],
)
def test_a_failing_run_names_its_seed_and_its_worker(
    error: Exception, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is one of the project with its exit code, and says how to make this run alone."""

    def fail(*_: object, **__: object) -> FreshRecord:
        raise error

    monkeypatch.setattr(tasks, "run_training", fail)
    monkeypatch.setattr("appliance.benchmark.mpi.importlib.import_module", lambda _: FakeMpi)
    (task,) = list_seeds(TASK, 1)
    outcome = send(mpi.run_on_worker(task))
    with pytest.raises(UsageError if not isinstance(error, NonFiniteError) else NonFiniteError) as caught:
        require_record(task, outcome)
    assert [word for word in words if word not in str(caught.value)] == []
    assert caught.value.exit_code == 2


@pytest.mark.usefixtures("trained")
def test_the_first_failure_in_order_is_the_one_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two seeds that fail the earlier one is named on any pool, whichever failed first."""
    seeds = [task.config.seed for task in list_seeds(TASK, 4)]

    def run(config: Config, **_: object) -> FreshRecord:
        if config.seed in (seeds[1], seeds[3]):
            raise DifferentError(f"bad {config.seed}")
        return fake_run(config)

    monkeypatch.setattr(tasks, "run_training", run)
    monkeypatch.setattr(tasks, "run_in_fresh_process", run)
    monkeypatch.setattr("appliance.benchmark.mpi.importlib.import_module", lambda _: FakeMpi)
    for pool in (OneProcess(), FreshProcesses(4), mpi.MpiPool(Executor())):
        with pytest.raises(DifferentError, match=f"bad {seeds[1]}"):
            run_benchmark(Request(config="smoke", repeats=0, seeds=4), pool)


def test_an_outcome_of_this_process_names_no_place() -> None:
    """Without workers the error says configuration and run only."""
    with pytest.raises(CouldNotJudgeError) as caught:
        require_record(TASK, Outcome(error=CouldNotJudgeError("no"), place=HERE))
    assert caught.value.where == "smoke, run"
    assert str(Place(worker=2, host="a")) == "worker 2 on a"


def test_the_pool_is_the_one_that_is_asked_for() -> None:
    """Without a job it is this process, or fresh ones with --jobs."""
    with pools.open_pool(None, ALONE) as pool:
        assert isinstance(pool, OneProcess)
    with pools.open_pool(2, ALONE) as pool:
        assert isinstance(pool, FreshProcesses)


@pytest.mark.process
def test_runs_of_an_experiment_side_by_side_have_their_files(tmp_path: Path) -> None:
    """A fresh process gets the module of an experiment with the settings."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "mine.py").write_text(MODULE, encoding="utf-8")
    text = 'schema = "repro-appliance/config/1"\nname = "own"\nseed = 1\nprecision = "f32"\n'
    text += '[experiment]\nmodule = "parts/mine.py"\n[training]\nepochs = 1\nbatch_size = 8\n'
    text += '[model]\nlayers = [4, 3, 2]\n[optimizer]\nname = "sgd"\nlearning_rate = 0.1\n'
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    task = Task(config=load_config(tmp_path / "own.toml"), source="own.toml")
    found = [run_task(attrs.evolve(task, fresh=fresh)) for fresh in (False, True)]
    records = [require_record(task, outcome) for outcome in found]
    assert records[0]["digests"] == records[1]["digests"]


MODULE = """
import numpy as np
from appliance import Dataset, Experiment

def build(config):
    features = np.arange(64, dtype=np.float32).reshape(16, 4) / 64
    labels = np.arange(16) % 2
    return Experiment(data=Dataset.from_arrays(features, labels, features[:12], labels[:12]))
"""
