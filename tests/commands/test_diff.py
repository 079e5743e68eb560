"""The command diff: exit codes 0, 1, 2 and 3, text and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appliance.cli.app import run
from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Return a run, one like it, and one of another seed."""
    paths = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        write_run(run_training(load_config("smoke", seed=seed)), path)
    return paths


def test_equal_runs_exit_0_and_others_1(runs: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence comes first."""
    a, b, c = map(str, runs)
    assert run(["diff", a, b]) == 0
    assert capsys.readouterr().out.startswith("The runs are identical")
    assert run(["diff", a, c]) == 1
    assert capsys.readouterr().out.startswith("The runs differ first in the settings: seed")


def test_json_is_one_object(runs: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """The keys of the interface are there; equal runs have no first difference."""
    a, b, c = map(str, runs)
    for other, code, verdict in ((b, 0, "identical"), (c, 1, "different")):
        assert run(["diff", a, other, "--json"]) == code
        body = json.loads(capsys.readouterr().out)
        assert {"schema", "verdict", "sentence", "first", "kind", "coverage"} <= set(body)
        assert body["verdict"] == verdict
        assert (body["first"] is None) == (code == 0)


def test_what_cannot_be_compared_has_its_exit_code(
    runs: tuple[Path, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No directory is a mistake (2); a directory that is no run could not be judged (3); both are JSON with --json."""
    (tmp_path / "empty").mkdir()
    for other, code in (("none", 2), ("a/record.json", 2), ("empty", 3)):
        assert run(["diff", str(runs[0]), str(tmp_path / other), "--json"]) == code
        assert json.loads(capsys.readouterr().out)["exit_code"] == code
