"""The commands of `golden`: what they print, how they exit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from verify.files import goldens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.fake_training import FakeTraining


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put an empty directory in the place of the goldens that ship."""
    monkeypatch.setattr(goldens, "DIRECTORY", tmp_path)
    return tmp_path


def test_recorded_golden_is_reported(
    call: Callable[..., int], training: FakeTraining, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A recorded golden is reported on stdout, then listed."""
    assert call("golden", "record", "smoke", "--native") == 0
    out, err = capsys.readouterr()
    assert ("a new golden" in out, err) == (True, "")
    assert training.calls == [("smoke", "portable"), ("smoke", "native")]
    assert (empty / "smoke.json").is_file()
    assert call("golden", "list", "--json") == 0
    assert [row["config"] for row in json.loads(capsys.readouterr().out)["goldens"]] == ["smoke"]


def test_refused_recording_exits_with_2(
    call: Callable[..., int], training: FakeTraining, empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A golden that exists is kept without --replace."""
    assert call("golden", "record", "smoke") == 0
    assert call("golden", "record", "smoke") == 2
    assert "exists already" in capsys.readouterr().err
    assert call("golden", "record", "smoke", "--replace") == 0
    assert len(training.calls) == 2
    assert list(empty.iterdir()) == [empty / "smoke.json"]


@pytest.mark.parametrize(("arguments", "verdict"), [([], "identical"), (["empty"], "could-not-judge")])
def test_check_exits_with_its_verdict(
    call: Callable[..., int],
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    verdict: str,
) -> None:
    """The goldens that ship are sound; no golden at all is no success."""
    for name in arguments:
        request.getfixturevalue(name)
    code = {"identical": 0, "could-not-judge": 3}[verdict]
    assert call("golden", "check", "--json") == code
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict
    assert call("golden", "check") == code
    assert capsys.readouterr().out.splitlines()[-1].startswith(verdict)
