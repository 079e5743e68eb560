"""`python -m verify`: the judge alone, in a process that cannot import the maker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import verify
from support.edits import swap
from support.json_schema import list_errors
from support.legs import OTHER, make_report
from verify.command import run as judge
from verify.files.goldens import locate_golden, read_golden
from verify.files.reports import AGREEMENT, VERIFICATION
from verify.files.schemas import build_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

# Everything but the standard library, NumPy, attrs and cattrs.
_BLOCKED = ("appliance", "click", "pooch", "psutil", "rich", "threadpoolctl", "typer")
_PROGRAM = f"""
import runpy, sys
for name in {_BLOCKED!r}:
    sys.modules[name] = None
sys.argv[0] = "verify"
runpy.run_module("verify", run_name="__main__")
"""


def run_alone(arguments: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run `python -m verify` where only the judge can be imported."""
    home = str(Path(verify.__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": home}
    command = [sys.executable, "-P", "-c", _PROGRAM, *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120, encoding="utf-8"
    )


@pytest.fixture
def run(smoke_run: Path) -> Path:
    """Return a run of smoke, which no test changes."""
    return smoke_run


@pytest.fixture
def reports(tmp_path: Path) -> list[Path]:
    """Return the files of two reports that agree with the golden of smoke."""
    golden = read_golden(locate_golden("smoke")).digests.run
    paths = [tmp_path / f"{name}.json" for name in ("a", "b")]
    for path in paths:
        path.write_text(json.dumps(make_report(golden)))
    return paths


@pytest.mark.process
def test_a_run_is_judged_without_the_maker(run: Path) -> None:
    """Where only the judge can be imported, a sound run is identical: text on standard output, exit code 0."""
    done = run_alone([run])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("identical:")


@pytest.mark.process
def test_reports_are_compared_without_the_maker(reports: list[Path]) -> None:
    """So are reports of many machines."""
    done = run_alone(reports)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 of 2 legs identical" in done.stdout


@pytest.mark.process
def test_the_maker_really_is_blocked() -> None:
    """Negative control: in such a process the maker cannot be imported."""
    program = swap(_PROGRAM, 'runpy.run_module("verify", run_name="__main__")', "import appliance.config")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.process
def test_a_full_disk_is_told(run: Path) -> None:
    """Output that cannot be written is exit code 2, not the verdict."""
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is Linux's")
    home = str(Path(verify.__file__).resolve().parent.parent)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "verify", str(run)],
            env={**os.environ, "PYTHONPATH": home}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_is_one_object_of_its_schema(run: Path, reports: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints a report for runs, an agreement for reports."""
    for arguments, kind in (([run, run], VERIFICATION), (reports, AGREEMENT)):
        assert judge(["--json", *map(str, arguments)]) == 0
        assert list_errors(json.loads(capsys.readouterr().out), build_schema(kind)) == []


def test_a_difference_exits_1(reports: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    """One machine with another digest is named."""
    reports[1].write_text(json.dumps(make_report(OTHER)))
    assert judge([*map(str, reports)]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("different:")


def test_what_cannot_be_judged_exits_3(
    run: Path, tmp_path: Path, reports: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """No golden, no report in a file: not a success."""
    (tmp_path / "empty").mkdir()
    assert judge([str(run), "--goldens", str(tmp_path / "empty")]) == 3
    reports[1].write_text("{")
    assert judge([*map(str, reports)]) == 3
    assert judge([str(tmp_path / "empty")]) == 3
    assert "this directory is not a run" in capsys.readouterr().out


@pytest.mark.parametrize("as_json", [False, True])
def test_mistakes_exit_2(run: Path, reports: list[Path], *, as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that does not exist, and both kinds of paths at once, are errors on standard error."""
    option = ["--json"] if as_json else []
    for paths in ([str(run / "none")], [str(run), str(reports[0])]):
        assert judge([*option, *paths]) == 2
        out, err = capsys.readouterr()
        assert err
        assert (json.loads(out)["exit_code"] == 2) if as_json else (out == "")


@pytest.mark.parametrize("arguments", [[], ["--fly", "x"]])
def test_wrong_options_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The usage is shown, and with --json there is one object."""
    assert judge(arguments) == 2
    assert "usage" in capsys.readouterr().err
    assert judge(["--json", *arguments]) == 2
    body = json.loads(capsys.readouterr().out)
    assert (body["schema"], body["exit_code"]) == ("repro-appliance/error/1", 2)
