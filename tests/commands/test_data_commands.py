"""The commands of `data`: exit codes, results on stdout, errors on stderr."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.cli.progress import DownloadBar
from appliance.data import reports
from appliance.errors import DataError
from support.idx_files import DEFECTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.data.sources.catalog import KnownSet


def _read_json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    captured = capsys.readouterr()
    assert captured.err == ""
    report: dict[str, Any] = json.loads(captured.out)
    assert report["schema"] == "repro-appliance/data/1"
    return report


def _read_text(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.err == ""
    text: str = captured.out
    return text


def _read_error(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> dict[str, Any]:
    """Return the error of a command: its object, or an object with the text as title."""
    captured = capsys.readouterr()
    assert captured.err
    if not as_json:
        assert captured.out == ""
        return {"title": captured.err}
    body = json.loads(captured.out)
    assert (body["schema"], body["exit_code"]) == ("repro-appliance/error/1", 2)
    error: dict[str, Any] = body["error"]
    return error


def test_list_says_which_files_are_there(
    call: Callable[..., int],
    small_set: KnownSet,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A set is present when all four of its files are."""
    assert call("data", "list", "--data-dir", tmp_path, "--json") == 0
    assert [(row["name"], row["present"]) for row in _read_json(capsys)["sets"]] == [
        ("synthetic", True),
        ("regression", True),
        ("mnist", True),
        ("arrays", False),
        ("csv", False),
        ("images", False),
    ]
    small_set.locate(small_set.test.labels, tmp_path).unlink()
    assert call("data", "list", "--data-dir", tmp_path, "--json") == 0
    row = _read_json(capsys)["sets"][2]
    assert (row["present"], [file["present"] for file in row["files"]]) == (False, [True, True, True, False])


def test_list_is_readable(call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People read the directory, every set, and its licence."""
    assert call("data", "list", "--data-dir", tmp_path) == 0
    text = _read_text(capsys)
    for word in (str(tmp_path), "synthetic", "built in", "mnist", "fashion-mnist", "not there", "MIT"):
        assert word in text


def test_check_of_a_sound_set_is_done(
    call: Callable[..., int],
    small_set: KnownSet,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All 22 controls pass, exit code 0."""
    assert call("data", "check", small_set.name, "--data-dir", tmp_path, "--json") == 0
    report = _read_json(capsys)
    assert (report["verdict"], len(report["checks"])) == ("done", 22)
    assert {check["status"] for check in report["checks"]} == {"pass"}
    assert call("data", "check", small_set.name, "--data-dir", tmp_path) == 0
    assert "22 checks, 0 failed" in _read_text(capsys)


@pytest.mark.parametrize("name", DEFECTS)
def test_check_of_a_damaged_set_fails(
    call: Callable[..., int],
    name: str,
    small_set: KnownSet,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every defect is exit code 2, with the failed control and what to do."""
    path = small_set.locate(small_set.train.images, tmp_path)
    path.write_bytes(DEFECTS[name].damage(path.read_bytes()))
    assert call("data", "check", "mnist", "--data-dir", tmp_path, "--json") == 2
    report = _read_json(capsys)
    failed = [check for check in report["checks"] if check["status"] == "fail"]
    assert report["verdict"] == "failed"
    assert [check["id"] for check in failed] == ["D002"]
    assert all(check["remedy"] for check in failed)
    assert call("data", "check", "mnist", "--data-dir", tmp_path) == 2
    text = _read_text(capsys)
    assert "SHA-256" in text or "digest" in text
    assert "1 failed" in text


def test_check_of_nothing_is_no_pass(
    call: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A check of nothing is a failure."""
    monkeypatch.setattr(reports, "check_set", lambda *_: [])
    assert call("data", "check", "mnist", "--data-dir", tmp_path, "--json") == 2
    assert _read_json(capsys)["verdict"] == "failed"


def test_synthetic_data_can_be_checked(
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Generated data pass their controls without any file."""
    assert call("data", "check", "synthetic", "--data-dir", tmp_path, "--json") == 0
    assert _read_json(capsys)["checks"][-1]["id"] == "D009"


def test_generated_set_is_listed_and_can_be_checked(
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A generated set is reported file by file, listed as there, passes its controls, and fails them when damaged."""
    assert (
        call(
            "data",
            "generate",
            "mine",
            "--data-dir",
            tmp_path,
            "--train-samples",
            100,
            "--test-samples",
            90,
            "--seed",
            1,
            "--json",
        )
        == 0
    )
    files = _read_json(capsys)["files"]
    assert [path for path in files if not path.startswith(str(tmp_path / "mine"))] == []
    assert call("data", "list", "--data-dir", tmp_path, "--json") == 0
    row = _read_json(capsys)["sets"][-1]
    assert (row["name"], row["present"], [file["path"] for file in row["files"]]) == ("mine", True, files[:4])
    assert call("data", "check", "mine", "--data-dir", tmp_path, "--json") == 0
    assert len(_read_json(capsys)["checks"]) == 21
    (tmp_path / "mine" / "t10k-labels-idx1-ubyte").unlink()
    assert call("data", "list", "--data-dir", tmp_path, "--json") == 0
    assert not _read_json(capsys)["sets"][-1]["present"]
    assert call("data", "check", "mine", "--data-dir", tmp_path) == 2
    assert "D001" in _read_text(capsys)


def test_generating_wrongly_is_exit_code_2(
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A name of another kind of set is one message."""
    assert (
        call(
            "data",
            "generate",
            "mnist",
            "--data-dir",
            tmp_path,
            "--train-samples",
            100,
            "--test-samples",
            90,
            "--seed",
            1,
        )
        == 2
    )
    assert "not a name for a stored data set" in _read_error(capsys, as_json=False)["title"]


def test_unknown_name_is_an_error_in_both_forms(
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A name that is not known is exit code 2, as JSON or as text."""
    assert call("data", "check", "cifar10", "--data-dir", tmp_path, "--json") == 2
    assert _read_error(capsys, as_json=True)["found"] == "cifar10"
    assert call("data", "fetch", "cifar10", "--data-dir", tmp_path) == 2
    assert "no such published data set" in _read_error(capsys, as_json=False)["title"]


def test_fetch_reports_where_files_are(
    call: Callable[..., int],
    small_set: KnownSet,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Files that are right already are reported like those that were downloaded."""
    assert call("data", "fetch", "mnist", "--data-dir", tmp_path, "--json") == 0
    expected = [str(small_set.locate(file, tmp_path)) for file in small_set.files]
    assert _read_json(capsys)["files"] == expected
    assert call("data", "fetch", "mnist", "--data-dir", tmp_path) == 0
    assert "4 files are there" in _read_text(capsys)


def test_failed_fetch_is_exit_code_2(
    call: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A download that cannot be made is one message with its remedy."""

    def fail(*_: object) -> list[Path]:
        raise DataError("a data file cannot be downloaded", found="nothing", remedy="check the network")

    monkeypatch.setattr(reports, "fetch", fail)
    assert call("data", "fetch", "mnist", "--data-dir", tmp_path) == 2
    assert "check the network" in _read_error(capsys, as_json=False)["title"]
    assert call("data", "fetch", "mnist", "--data-dir", tmp_path, "--json") == 2
    assert _read_error(capsys, as_json=True)["remedy"] == "check the network"


def test_download_bar_draws_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar follows the protocol of `fetch`, and stdout stays free for JSON."""
    bar = DownloadBar("train-images")
    bar.total = 10
    bar.update(10)
    bar.reset()
    bar.update(10)
    assert bar.total == 10
    bar.close()
    bar.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "train-images" in captured.err
