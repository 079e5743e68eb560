"""Whole searches with small programs in processes of their own."""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TYPE_CHECKING

import psutil
import pytest

from appliance.vary.execute import Request, vary
from appliance.vary.rendering import format_markdown, format_text
from support.variable_axes import VariableAxis
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.vary.answer import Answer

pytestmark = [pytest.mark.process, pytest.mark.slow]

_AXES = (VariableAxis(name="alpha"), VariableAxis(name="beta"), VariableAxis(name="gamma", given=("1",)))


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Return a function that varies the text of a program of Python."""
    scratch, work = tmp_path / "scratch", tmp_path / "project"
    scratch.mkdir()
    work.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}

    def call(
        text: str, *, command: tuple[str, ...] = (), axes: tuple[VariableAxis, ...] = _AXES, **more: object
    ) -> Answer:
        program, lines = work / "program.py", textwrap.dedent(text)
        if not program.exists() or program.read_text(encoding="utf-8") != lines:
            program.write_text(lines, encoding="utf-8")
        words = command or (sys.executable, "-S", "program.py")
        request = Request(command=words, directory=work, environment=environment, **more)  # type: ignore[arg-type]
        return vary(request, axes, lambda _: None)

    return call


def test_clean_program_is_identical(ask: Callable[..., Answer], tmp_path: Path) -> None:
    """A program that depends on nothing: exit code 0, every axis harmless, nothing left of the search."""
    answer = ask("print(1 + 1); open('out.txt', 'w').write('x')")
    assert (answer.verdict, answer.exit_code, answer.causes) == ("identical", 0, ())
    assert {row.status for row in answer.axes} == {"harmless"}
    assert list((tmp_path / "scratch").iterdir()) == []
    assert sorted(path.name for path in (tmp_path / "project").iterdir()) == ["program.py"]


def test_one_cause_is_named_with_its_first_difference(ask: Callable[..., Answer]) -> None:
    """The axis, the place, the command to paste and the proof are told."""
    answer = ask("import os\nprint('value', 0.1 if os.environ.get('BETA') == '2' else 0.1 + 1e-17 + 0.2)")
    assert answer.exit_code == 1
    assert [cause.axes for cause in answer.causes] == [("beta",)]
    assert "(stdout): line 1" in answer.causes[0].difference
    assert answer.causes[0].proof.startswith("shown twice")
    assert any(kind.command.startswith("env BETA=2 ") for kind in answer.classes)
    assert "cause: beta (beta=2), shown twice" in answer.sentence
    assert answer.advice == ("set BETA",)


def test_two_variables_act_only_together(ask: Callable[..., Answer]) -> None:
    """Neither variable alone is a cause."""
    answer = ask("import os\nprint(os.environ.get('ALPHA') == '1' and os.environ.get('GAMMA') == '1')")
    assert [cause.axes for cause in answer.causes] == [("alpha", "gamma")]
    assert "only together" in answer.causes[0].mechanism


def test_failure_in_one_world_has_its_tail(ask: Callable[..., Answer]) -> None:
    """The class of a failure shows the end of its messages."""
    answer = ask("import os\nif os.environ.get('GAMMA'): raise SystemExit('no gamma, please')\nprint(1)")
    assert [cause.axes for cause in answer.causes] == [("gamma",)]
    assert [kind.tail for kind in answer.classes if kind.ending] == ["no gamma, please"]


def test_program_that_differs_from_itself(ask: Callable[..., Answer]) -> None:
    """Every second run differs, whatever the world: that is said first, and no axis is blamed."""
    answer = ask("import os\nprint(os.urandom(1)[0] % 2)")
    assert answer.exit_code == 1
    assert answer.sentence.startswith("the program differs from itself")
    assert answer.causes == ()


def test_processes_left_behind_are_ended(ask: Callable[..., Answer]) -> None:
    """A daemon that has left its group is found and ended."""
    answer = ask(
        """
        import subprocess, sys
        wait = "import time; time.sleep(1234)"
        subprocess.Popen([sys.executable, "-S", "-c", wait], start_new_session=True, stdout=subprocess.DEVNULL)
        print(1)
        """
    )
    assert answer.exit_code == 0
    assert any("left behind" in note for note in answer.notes)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "time.sleep(1234)" in str(p.info["cmdline"])]


def test_writing_outside_is_reported(ask: Callable[..., Answer], tmp_path: Path) -> None:
    """A file beside the working directory, and one in the place that was copied, are told."""
    place = tmp_path / "project" / "stray.txt"
    answer = ask(f"open('../beside.txt', 'w').write('x'); open({str(place)!r}, 'w').write('x'); print(1)")
    notes = "\n".join(answer.notes)
    own, shared = (line for line in notes.splitlines() if "outside" in line or "another program" in line)
    assert own.startswith("it writes outside of its working directory: ")
    assert own.endswith("beside.txt")
    assert shared == f"while it ran, it or another program changed: {place}"


def test_left_over_cache_changes_the_second_run(ask: Callable[..., Answer]) -> None:
    """A program that rounds in its own cache is reproducible in a fresh directory only."""
    answer = ask(
        """
        import os
        value = float(open("cache").read()) if os.path.exists("cache") else 2 / 3
        if not os.path.exists("cache"):
            open("cache", "w").write(f"{value:.4f}")
        print(value)
        """
    )
    assert [(cause.axes, cause.proof) for cause in answer.causes] == [(("used-directory",), "shown 6 times")]
    assert answer.exit_code == 1


def test_needed_cache_is_copied(ask: Callable[..., Answer], tmp_path: Path) -> None:
    """A program that needs a file from an earlier run finds it in every copy."""
    (tmp_path / "project" / "cache").mkdir()
    (tmp_path / "project" / "cache" / "data").write_text("7", encoding="utf-8")
    assert ask("print(open('cache/data').read())").exit_code == 0


def test_program_that_fails_is_not_judged(ask: Callable[..., Answer]) -> None:
    """A baseline that fails ends with 3, without a search, and no axis is looked at."""
    answer = ask("import sys; print('no data', file=sys.stderr); raise SystemExit(4)")
    assert (answer.exit_code, answer.runs) == (3, 1)
    assert "exit code 4" in answer.sentence
    assert [(kind.ending, kind.tail) for kind in answer.classes] == [("exit code 4", "no data")]
    assert {row.reason for row in answer.axes} == {"the program gives no results as it is"}


def test_value_without_effect_is_not_tested(ask: Callable[..., Answer]) -> None:
    """An axis without effect is not called harmless; alone it cannot be judged."""
    answer = ask("print(1)", axes=(VariableAxis(name="alpha", given=("ignored",)),))
    assert answer.exit_code == 3
    assert [(row.status, row.reason, row.remedy) for row in answer.axes if row.name == "alpha"] == [
        ("not-tested", "it is ignored here", "another host")
    ]


def test_only_named_outputs_are_compared(ask: Callable[..., Answer]) -> None:
    """A log with the time does not count where outputs are named; a directory names all below it."""
    text = (
        "import os, time\nos.mkdir('r')\nopen('r/a.txt', 'w').write('x')\nopen('log', 'w').write(str(time.time_ns()))"
    )
    assert ask(text, globs=("r",)).exit_code == 0
    assert ask(text, globs=("*.txt",)).exit_code == 0
    found = ask(text)
    assert found.exit_code == 1
    assert "outputs that differ in one and the same world: log" in "\n".join(found.notes)


def test_time_limit_and_disk_limit_end_a_run(ask: Callable[..., Answer]) -> None:
    """A run that takes too long, or writes too much, is ended and told."""
    assert "did not end within 1 s" in ask("import time; time.sleep(60)", limit=1.0).sentence
    big = "import time\nf = open('big', 'wb')\nfor _ in range(100): f.write(bytes(2**20)); f.flush(); time.sleep(0.02)"
    assert ask(big, disk=2**22).exit_code == 3


def test_budget_ends_and_the_same_request_goes_on(ask: Callable[..., Answer]) -> None:
    """A spent budget gives an answer; the second request runs only what is missing."""
    text = "import os, time\ntime.sleep(0.3)\nprint(os.environ.get('ALPHA') == '1')"
    first = ask(text, budget=2.5)
    assert not first.complete
    second = ask(text)
    assert second.complete
    assert [cause.axes for cause in second.causes] == [("alpha",)]
    third = ask(text)
    assert third.runs > second.runs


def test_failure_is_not_remembered(ask: Callable[..., Answer], tmp_path: Path) -> None:
    """A program that fails leaves nothing of the search; when what it needs is there, the same request works."""
    text = f"print(open({str(tmp_path / 'needed')!r}).read())"
    first = ask(text)
    assert first.complete
    assert "gives no results as it is: exit code 1" in first.sentence
    assert list((tmp_path / "scratch").iterdir()) == []
    (tmp_path / "needed").write_text("here", encoding="utf-8")
    assert ask(text).verdict == "identical"


def test_earlier_runs_of_another_program_are_forgotten(ask: Callable[..., Answer], tmp_path: Path) -> None:
    """A search that goes on after something outside has changed mixes no old results with new ones."""
    needed = tmp_path / "needed"
    needed.write_text("old", encoding="utf-8")
    text = f"import time; time.sleep(0.3); print(open({str(needed)!r}).read())"
    assert not ask(text, budget=2.5).complete
    needed.write_text("new", encoding="utf-8")
    second = ask(text)
    assert (second.verdict, second.causes, second.identical) == ("identical", (), True)


def test_program_without_any_output_is_not_judged(ask: Callable[..., Answer], tmp_path: Path) -> None:
    """Where nothing can be compared, nothing is said to be harmless; an empty file is an output."""
    answer = ask(f"open({str(tmp_path / 'elsewhere')!r}, 'w').write('x')")
    assert (answer.exit_code, answer.harmless) == (3, ())
    assert "it wrote no output that could be compared" in answer.sentence
    assert ask("open('empty', 'w').close()").exit_code == 0


def test_first_difference_of_a_program_from_itself_is_told(ask: Callable[..., Answer]) -> None:
    """The value that differs between two runs of one world is named, also where other outputs agree."""
    answer = ask("import json, os\njson.dump({'id': os.urandom(4).hex()}, open('log.json', 'w'))\nprint('same')")
    assert "in one and the same world (log.json: value $.id: " in answer.sentence
    assert any("are told of the other outputs" in note for note in answer.notes)
    assert {row.status for row in answer.axes} == {"harmless"}


def test_axes_are_not_harmless_where_every_output_differs(ask: Callable[..., Answer]) -> None:
    """An empty standard output does not stand for the only file, in which nothing could be judged."""
    answer = ask("import os\nopen('log', 'w').write(os.urandom(4).hex())")
    assert answer.harmless == ()
    assert {row.status for row in answer.axes if row.name != "used-directory"} == {"not-tested"}


def test_shell_scripts_are_varied(ask: Callable[..., Answer]) -> None:
    """Any program is varied, not only those of Python; and the answer is text of 80 columns and Markdown."""
    answer = ask("", command=("sh", "-c", "echo ${ALPHA:-none} > out.txt"))
    assert [cause.axes for cause in answer.causes] == [("alpha",)]
    text = format_text(answer)
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith("     "))
    assert "| alpha | as it is, 1, 2 | changes |" in format_markdown(answer)


@pytest.mark.parametrize(
    ("command", "more"), [(("no-such-program",), {}), ((), {"axes_named": ("nothing",)}), ((), {"globs": ("/x",)})]
)
def test_wrong_requests_are_refused(
    ask: Callable[..., Answer], command: tuple[str, ...], more: dict[str, tuple[str, ...]]
) -> None:
    """Unknown programs, unknown axes and outputs elsewhere are errors of usage."""
    if "axes_named" in more:
        with pytest.raises(UsageError):
            ask("", values={"nothing": ("1",)})
        return
    with pytest.raises(UsageError):
        ask("", command=command, **more)
