"""Whole processes and whole runs, mostly replaced by ones that take a known time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from appliance.benchmark.cost import growth, processes
from appliance.benchmark.fresh import start_python
from appliance.benchmark.timing import Effort
from appliance.config import load_config
from appliance.errors import DataError
from appliance.processes.captured import Answer
from support.cost_machine import Machine
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config import Config

EFFORT = Effort(turn=0.0, rounds=2, least=2, budget=0.0)


def make_answer(code: int, messages: str = "") -> Answer:
    """Return how a child ended that was not started."""
    return Answer(status="exited", code=code, output="", messages=messages, seconds=0.0)


def test_commands_are_started_in_turns() -> None:
    """Each command's wall time is its own; a run directory is never used twice."""
    machine, started = Machine(), []

    def start(words: Sequence[str]) -> Answer:
        started.append(list(words))
        machine.now += 0.25 if "fingerprint" in words else 1.0
        return make_answer(3 if "verify" in words else 0)

    rows = processes.measure_start_up(EFFORT, start, machine.watch())
    assert [(row["command"], row["seconds"], row["rounds"]) for row in rows] == [
        ("python alone", 1.0, 2), ("--help", 1.0, 2), ("fingerprint", 0.25, 2), ("train smoke", 1.0, 2),
        ("verify", 1.0, 2),
    ]  # fmt: skip
    folders = [words[-1] for words in started if "train" in words]
    assert len(set(folders)) == len(folders) == 4


@pytest.mark.parametrize(("word", "code"), [("fingerprint", 3), ("verify", 2), ("train", 1)])
def test_failed_command_is_no_measurement(word: str, code: int) -> None:
    """A command that only fails fast is not fast."""

    def start(words: Sequence[str]) -> Answer:
        return make_answer(code if word in words else 0, "it broke\n")

    with pytest.raises(CouldNotJudgeError, match="failed") as caught:
        processes.measure_start_up(EFFORT, start, Machine().watch())
    assert "it broke" in str(caught.value)


@pytest.mark.process
def test_unprepared_process_lacks_what_the_program_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measured command starts without the variables this process was restarted with, others are kept."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("OTHER_VARIABLE", "kept")
    program = "import os; print(os.environ.get('OMP_NUM_THREADS'), os.environ.get('OTHER_VARIABLE'))"
    assert start_python(["-c", program]).output.split() == ["7", "kept"]
    assert start_python(["-c", program], prepared=False).output.split() == ["None", "kept"]


@pytest.mark.process
def test_peak_memory_is_of_a_process_of_its_own() -> None:
    """A fresh process needs memory for what it does, not what this one had: a large array here does not show."""
    config = attrs.evolve(load_config("smoke"), name="tiny")
    ballast = bytearray(b"x" * (256 << 20))
    row = processes.measure_memory(config)
    del ballast
    assert (row["epochs"], row["hidden"]) == (2, 16)
    assert 10 << 20 < row["bytes"] < 256 << 20


@pytest.mark.process
def test_failed_training_is_no_measurement() -> None:
    """A process that could not train has no peak."""
    config = attrs.evolve(load_config("mnist-mlp"), data=attrs.evolve(load_config("mnist-mlp").data, train_samples=1))
    with pytest.raises(CouldNotJudgeError, match="failed"):
        processes.measure_memory(config)


def test_memory_cases_differ_in_one_thing() -> None:
    """Epochs at one width for the target, widths at one epoch for the table."""
    cases = [(case.training.epochs, (case.model.widths or ())[1]) for case in processes.list_memory_cases(quick=False)]
    assert cases == [(1, 128), (2, 128), (4, 128), (1, 32), (1, 512), (1, 2048)]


class Training:
    """Replaces training, faster by one example per second with every run."""

    def __init__(self) -> None:
        """Begin with no run."""
        self.runs: list[tuple[str, str, int]] = []

    def run(self, config: Config, *, profile: str, threads: int, **_: Any) -> Any:  # noqa: ANN401
        """Return the part of a record that is used."""
        self.runs.append((config.name, profile, threads))
        if config.name == "fashion-mlp":
            raise DataError("no such file")
        speed = float(len(self.runs))
        return SimpleNamespace(timing={"examples_per_second": speed}, metrics={"test_accuracy": 0.5})


def test_growth_does_not_count_the_first_runs() -> None:
    """Profiles alternate, their order too; the runs that warm up are left out of the median."""
    case = next(iter(growth.list_growth_cases(2, quick=True)))
    training = Training()
    portable, native = growth.measure_growth(case, 2, training.run)
    assert [profile for _, profile, _ in training.runs] == [
        "portable", "native", "native", "portable", "portable", "native",
    ]  # fmt: skip
    assert (portable["examples_per_second"], native["examples_per_second"]) == (4.5, 4.5)
    assert (portable["axis"], portable["value"], portable["subject"]) == ("samples", 2048, "portable f32")
    assert {threads for _, _, threads in training.runs} == {2}


def test_growth_covers_its_axes() -> None:
    """Samples, depth, width and threads each have at least two points (threads as far as there are processors)."""
    cases = list(growth.list_growth_cases(1, quick=False))
    counts = {axis: len([case for case in cases if case.axis == axis]) for axis in ("samples", "depth", "width")}
    assert min(counts.values()) >= 3
    assert {case.threads for case in cases if case.axis.startswith("threads")} <= {1, 2}
    assert [case.config.model.widths for case in cases if (case.axis, case.value) == ("depth", 2)] == [
        (784, 128, 128, 10)
    ]


def test_accuracy_without_data_is_none() -> None:
    """What cannot be loaded is named with no value; the rest has one."""
    rows = list(growth.measure_accuracy(1, None, Training().run))
    assert [(row["config"], row["subject"], row["test_accuracy"]) for row in rows] == [
        (config, subject, accuracy)
        for config, accuracy in (("mnist-mlp", 0.5), ("fashion-mlp", None))
        for subject in ("native f32", "portable f32", "portable f64")
    ]
