"""What the machine or the environment does to the program: documented errors, never an internal one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest

from appliance.cli.failures import describe_failure
from appliance.config import load_config
from appliance.launch import kernels
from appliance.training.execute import run_training
from verify.conformance import runtime
from verify.errors import CouldNotJudgeError
from verify.host import environment, libraries, world
from verify.judging import pins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.run_program import RunProgram


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), BlockingIOError(11, "try again")])
def test_no_more_processes_is_no_internal_error(error: Exception) -> None:
    """Where no thread or process can be started, nothing was judged; the remedy names the limit."""
    failure = describe_failure(error)
    assert failure.exit_code == 3
    assert "pids-limit" in str(failure.remedy)


def test_a_library_that_has_no_room_is_no_internal_error() -> None:
    """Where a memory limit keeps a module from being loaded, memory has run out; another import error is internal."""
    assert describe_failure(ImportError("a.so: failed to map segment from shared object")).title == "memory ran out"
    assert describe_failure(ImportError("no module named a")).title == "internal error"


@pytest.mark.parametrize("step", [0.0, -0.5])
def test_clock_changes_no_result(step: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that stands still or runs backwards a training ends with its digest."""
    now = 0.0

    def read() -> float:
        nonlocal now
        now += step
        return now

    expected = run_training(load_config("smoke")).digests
    monkeypatch.setattr("time.perf_counter", read)
    record = run_training(load_config("smoke"))
    assert record.digests == expected
    assert record.timing == {"seconds": 0.0, "examples_per_second": 0.0}


@pytest.mark.parametrize("content", ["{}", "{", "", "[]", '{"schema": "repro-appliance/pins/1"}', None])
def test_damaged_pins_are_not_judged_by(content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of pins that is cut, empty or missing is exit code 3."""
    if content is not None:
        (tmp_path / "pins.json").write_text(content)
    monkeypatch.setattr(pins, "_FILE", tmp_path / "pins.json")
    with pytest.raises(CouldNotJudgeError, match="pins"):
        pins.read_pins()


def test_hidden_proc_is_unknown_and_no_mistake(
    call: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where /proc is hidden, what it tells is unknown; results are judged all the same."""
    for module, name in (
        (environment, "_CPUINFO"), (kernels, "_CPUINFO"), (libraries, "_MAPS"), (runtime, "_TASKS"), (world, "_STATUS")
    ):  # fmt: skip
        monkeypatch.setattr(module, name, tmp_path / "absent")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    assert environment.read_context()["memory.bytes"] is None
    assert call("verify", "smoke") == 0


@pytest.mark.process
def test_thousands_of_threads_are_refused(run_program: RunProgram) -> None:
    """More threads than a BLAS can have are a usage error, before any is started."""
    done = run_program("train", "--config", "smoke", "--threads", "4096")
    assert done.code == 2
    assert "the number of threads is out of range" in done.err


def test_path_of_the_user_is_shown_safely(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A directory may have any name; what is printed of it is one line without sequences."""
    place = tmp_path / "\x1b[31m\n::error::x"
    place.mkdir()
    assert call("data", "list", "--data-dir", place) == 0
    text = "".join(capsys.readouterr())
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.startswith("::")]
