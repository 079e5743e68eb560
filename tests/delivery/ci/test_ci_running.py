"""Steps of the whole check, run with failures that are planted: exit code, output, what is ended, the table."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.checkout, pytest.mark.process]

_ROOT = Path(__file__).resolve().parents[3]
_LONG = "sleep 600"


class Ended(NamedTuple):
    """How a run ended."""

    code: int
    output: str

    @property
    def table(self) -> dict[str, str]:
        """The outcome of each step, by its title."""
        return {title: outcome for outcome, title in re.findall(r"^ +\d+ s  (\S.{7}) (.+)$", self.output, re.MULTILINE)}


def start(folder: Path, text: str) -> subprocess.Popen[str]:
    """Start the steps of a text, with this folder as $PLACE."""
    (folder / "steps.toml").write_text(text, encoding="utf-8")
    command = (sys.executable, "-m", "delivery.ci", str(folder / "steps.toml"), "--spent", "1000")
    environment = os.environ | {"PLACE": str(folder)}
    return subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def run(folder: Path, text: str) -> Ended:
    """Run the steps of a text until they end."""
    process = start(folder, text)
    output, _ = process.communicate(timeout=120)
    return Ended(process.returncode, output)


def make_step(title: str, commands: str, *more: str) -> str:
    """Return the text of one step."""
    return "\n".join(["[[steps]]", f'title = "{title}"', f"run = '''{commands}'''", *more, ""])


def wait_for(path: Path) -> int:
    """Return the number in a file as soon as it is there."""
    for _ in range(1200):
        if path.exists() and (text := path.read_text(encoding="ascii").strip()):
            return int(text)
        time.sleep(0.05)
    raise AssertionError(path)


def is_running(number: int) -> bool:
    """Tell whether there is a process of this number that has not ended."""
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_all_is_well(tmp_path: Path) -> None:
    """Every step has run, in groups; what may not be used twice is not; seconds spent before count."""
    lock = 'mkdir "$PLACE/used"; sleep 0.2; rmdir "$PLACE/used"; echo in use'
    text = make_step("alone", 'echo first; test -z "$(cat)"')
    text += "".join(make_step(f"engine {n}", lock, "beside = true", 'uses = "engine"') for n in range(3))
    text += make_step("data", "false", "beside = true", 'needs_variable = "NO_SUCH_VARIABLE"')
    ended = run(tmp_path, text + make_step("last", "echo last"))
    assert ended.code == 0
    assert {title: outcome.strip() for title, outcome in ended.table.items()} == {
        "alone": "ok",
        "engine 0": "ok",
        "engine 1": "ok",
        "engine 2": "ok",
        "data": "left out",
        "last": "ok",
    }
    assert ended.output.index("first") < ended.output.index("in use") < ended.output.index("\nlast\n")
    assert re.search(r"^ +10\d\d s  in all$", ended.output, re.MULTILINE)


def test_two_steps_run_beside_each_other(tmp_path: Path) -> None:
    """Each of two waits for the other; the output of each stays whole."""
    meet = 'echo "begin {0}"; touch "$PLACE/{0}"; until test -e "$PLACE/{1}"; do sleep 0.05; done; echo "end {0}"'
    text = make_step("one", meet.format("a", "b"), "beside = true") + make_step(
        "two", meet.format("b", "a"), "beside = true"
    )
    ended = run(tmp_path, text)
    assert ended.code == 0
    assert "begin a\nend a\n" in ended.output
    assert "begin b\nend b\n" in ended.output


def test_failure_beside_another_step_ends_it(tmp_path: Path) -> None:
    """The code is the failure's, its output stands before the table, nothing that was started runs on."""
    long = f'echo $$ >"$PLACE/long"; setsid bash -c "echo \\$\\$ >$PLACE/apart; exec {_LONG}" & {_LONG}'
    fail = 'until test -s "$PLACE/long" && test -s "$PLACE/apart"; do sleep 0.05; done; echo why; false; echo never'
    text = make_step("long", long, "beside = true") + make_step("fails", f"{fail}", "beside = true")
    text += make_step("waits", "echo waited", "beside = true") + make_step("later", "echo later")
    ended = run(tmp_path, text)
    assert ended.code == 1
    assert {title: outcome.strip() for title, outcome in ended.table.items()} == {
        "long": "ended",
        "fails": "FAILED",
        "waits": "not run",
        "later": "not run",
    }
    assert "never" not in ended.output
    assert "== fails: FAILED with exit code 1\nwhy\n\n" in ended.output
    assert not is_running(wait_for(tmp_path / "long"))
    assert not is_running(wait_for(tmp_path / "apart"))


@pytest.mark.parametrize(
    ("commands", "code"), [("exit 3", 3), ("false | true", 1), ("echo $unset", 1), ("kill $$", 143)]
)
def test_failure_of_a_step_that_is_alone(commands: str, code: int, tmp_path: Path) -> None:
    """Its exit code, also that of a pipe's first part, of a name that has no value, and of a signal."""
    text = make_step("fails", f"echo shown; {commands}; echo never") + make_step("later", "echo later")
    ended = run(tmp_path, text)
    assert ended.code == code
    assert ended.table == {"fails": "FAILED  ", "later": "not run "}
    assert "shown" in ended.output
    assert "never" not in ended.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_every_step(number: signal.Signals, tmp_path: Path) -> None:
    """A step may clean up; then comes the table, and the exit code names the signal."""
    one = f'trap \'touch "$PLACE/cleaned"\' EXIT; echo $$ >"$PLACE/one"; {_LONG}'
    text = make_step("one", one, "beside = true")
    text += make_step("two", f'echo $$ >"$PLACE/two"; {_LONG}', "beside = true") + make_step("later", "true")
    process = start(tmp_path, text)
    running = [wait_for(tmp_path / name) for name in ("one", "two")]
    process.send_signal(number)
    output, _ = process.communicate(timeout=120)
    ended = Ended(process.returncode, output)
    assert ended.code == 128 + number
    assert {title: outcome.strip() for title, outcome in ended.table.items()} == {
        "one": "ended",
        "two": "ended",
        "later": "not run",
    }
    assert (tmp_path / "cleaned").exists()
    assert not any(is_running(number) for number in running)


def test_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """Nothing runs, exit code 2."""
    assert run(tmp_path, make_step("one", "echo ran", "besides = true")) == (2, "")
