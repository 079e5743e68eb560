"""Child processes: limited in time, ended as a group, their output in files."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from appliance.processes import captured, child
from appliance.processes.captured import run_captured
from appliance.processes.child import Children, Command, Limits, run_attached

pytestmark = [
    pytest.mark.process,
    pytest.mark.system,
    pytest.mark.skipif(os.name == "nt", reason="signals are sent to process groups"),
]


def python(program: str, **more: str) -> Command:
    """Return the command that runs a program in this interpreter."""
    environment = {**os.environ, **more} if more else None
    return Command(arguments=(sys.executable, "-c", program), environment=environment)


def is_running(number: int) -> bool:
    """Tell whether a process exists and is not only waited for."""
    for _ in range(50):
        try:
            if Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] in "ZX":
                return False
        except OSError:
            return False
        time.sleep(0.02)
    return True


def test_output_is_streamed_to_files(tmp_path: Path) -> None:
    """Both streams are in their files, byte for byte, with exit code, variables and directory as asked."""
    program = "import os, sys; print(os.environ['A'], os.getcwd()); sys.stderr.write('b\\xe9'); sys.exit(7)"
    (tmp_path / "inside").mkdir()
    given = python(program, A="x", PYTHONIOENCODING="latin-1")
    command = Command(arguments=given.arguments, environment=given.environment, directory=tmp_path / "inside")
    outcome = Children().run(command, tmp_path)
    assert (outcome.status, outcome.code) == ("exited", 7)
    assert outcome.output.read_text(encoding="utf-8") == f"x {tmp_path / 'inside'}\n"
    assert outcome.messages.read_bytes() == b"b\xe9"
    assert 0 < outcome.seconds < 60


def test_input_is_empty() -> None:
    """A child that asks for input gets none, and does not wait for the terminal."""
    assert run_captured(python("import sys; print(repr(sys.stdin.read()))")).output == "''\n"


def test_late_child_is_ended() -> None:
    """A child that is not done in time is asked to end."""
    answer = run_captured(python("import time; time.sleep(60)"), Limits(seconds=0.3))
    assert (answer.status, answer.code) == ("late", -15)
    assert answer.seconds < 30


def test_child_that_refuses_to_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that ignores SIGTERM is killed after a while."""
    monkeypatch.setattr(child, "GRACE", 0.3)
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(60)"
    )
    answer = run_captured(python(program), Limits(seconds=2.0))
    assert (answer.status, answer.code, answer.output) == ("late", -9, "x\n")


@pytest.mark.parametrize("last", ["", "; time.sleep(60)"])
def test_group_ends_with_its_child(last: str) -> None:
    """What a child leaves running in its group is ended with it, whether it ended by itself or was late."""
    program = f"import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True){last}"
    answer = run_captured(python(program), Limits(seconds=2.0))
    assert answer.status == ("late" if last else "exited")
    assert not is_running(int(answer.output))


def test_process_that_is_left_alone_goes_on() -> None:
    """Negative control: a process of another session is not in the group, and is seen to run."""
    program = "import subprocess; print(subprocess.Popen(['sleep', '9'], start_new_session=True).pid, flush=True)"
    number = int(run_captured(python(program)).output)
    assert is_running(number)
    os.kill(number, 9)


@pytest.mark.parametrize("name", ["/nowhere/program", "a\0b"])
def test_missing_program_is_not_started(name: str) -> None:
    """A program that does not exist, or cannot, gives a reason."""
    answer = run_captured(Command(arguments=(name,)))
    assert (answer.status, answer.code, answer.output) == ("not-started", None, "")
    assert answer.reason


def test_all_children_are_ended_at_once() -> None:
    """`end_all` ends what runs in other threads, and nothing is started afterwards."""
    children = Children()
    answers: list[captured.Answer] = []
    command = python("import time; time.sleep(60)")
    threads = [threading.Thread(target=lambda: answers.append(run_captured(command, None, children))) for _ in "ab"]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 30
    while len(children._running) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    children.end_all()
    for thread in threads:
        thread.join(30)
    assert [answer.code for answer in answers] == [-15, -15]
    with pytest.raises(InterruptedError):
        run_captured(command, None, children)


def test_interrupt_ends_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception while a child runs ends it before it is passed on."""
    started: list[int] = []

    def interrupt(process: subprocess.Popen[bytes], _: float | None = None) -> int:
        started.append(process.pid)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_captured(python("import time; time.sleep(60)"))
    assert not is_running(started[0])


def test_long_output_is_not_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long output only the first part is in memory."""
    monkeypatch.setattr(captured, "_READABLE", 10)
    assert run_captured(python("print('x' * 100)")).output == "x" * 10


@pytest.mark.parametrize("code", [0, 3])
def test_attached_child_passes_its_exit_code_on(code: int, capfd: pytest.CaptureFixture[str]) -> None:
    """It writes to this process's streams."""
    assert run_attached(python(f"import sys; print('here'); sys.exit({code})")) == code
    assert capfd.readouterr().out == "here\n"
