"""The command `verify`: which configurations it judges, what it prints, how it exits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from appliance.config import list_configs, load_config
from appliance.errors import DataError
from appliance.verification.recording import Recording, record_golden
from appliance.verification.verify import QUICK, choose_names
from support.edits import swap
from support.fake_training import FakeTraining
from verify.errors import CouldNotJudgeError, NonFiniteError, UsageError
from verify.files import goldens
from verify.files.fingerprint import MachineSummary
from verify.files.golden import build_golden
from verify.files.goldens import write_golden

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    RunVerify = Callable[..., int]

pytestmark = pytest.mark.slow


@pytest.fixture
def golden_dir(tmp_path: Path) -> Path:
    """Return a directory with goldens of the quick set, made by the replaced training."""
    directory = tmp_path / "goldens"
    directory.mkdir()
    for name in QUICK:
        golden = build_golden(FakeTraining()(load_config(name)).to_file(), MachineSummary(numpy="2.4.4"))
        write_golden(directory / f"{name}.json", golden)
    return directory


@pytest.fixture
def run_verify(call: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> RunVerify:
    """Return a function that runs `verify` with the goldens of a directory; keywords are options."""

    def run(names: list[str], *, golden_dir: Path, **options: object) -> int:
        monkeypatch.setattr(goldens, "DIRECTORY", golden_dir)
        given = [(f"--{name}", value) for name, value in options.items()]
        words = [word for name, value in given for word in ((name,) if value is True else (name, value))]
        return call("verify", *names, *words)

    return run


def test_no_name_means_the_quick_set() -> None:
    """The quick set exists, --all is everything that ships, a name is taken once."""
    assert choose_names([], everything=False) == list(QUICK)
    assert set(QUICK) <= set(list_configs())
    assert choose_names([], everything=True) == list_configs()
    assert choose_names(["wide", "smoke", "wide"], everything=False) == ["wide", "smoke"]


def test_all_with_names_is_refused() -> None:
    """--all with a name is a contradiction."""
    with pytest.raises(UsageError, match="--all"):
        choose_names(["smoke"], everything=True)


def test_reproduced_goldens_exit_0(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The quick set agrees; the text goes to stdout."""
    assert run_verify([], golden_dir=golden_dir) == 0
    assert [name for name, _ in training.calls] == list(QUICK)
    out, _ = capsys.readouterr()
    assert out.splitlines()[-1].startswith("identical:")


def test_json_is_the_only_thing_on_stdout(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """--json prints one object that parses, with each configuration in it."""
    assert run_verify([], json=True, golden_dir=golden_dir) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["verdict"] == "identical"
    assert [golden["config"] for golden in body["goldens"]] == [name for name, _ in training.calls]


def test_difference_exits_1(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A loss that moved by its last bit is a reproducibility failure, in text, JUnit and Markdown."""
    training.drift = 2.0**-54
    junit = tmp_path / "junit.xml"
    page = tmp_path / "summary.md"
    assert run_verify(["smoke"], junit=junit, markdown=page, golden_dir=golden_dir) == 1
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "**different**: a result differs from its golden"
    assert lines[4].startswith("| smoke | different | sha256:")
    assert lines[6].startswith("* V006 losses and accuracies by epoch differ: ")
    assert "V006 losses and accuracies by epoch differ" in capsys.readouterr().out
    root = ET.parse(junit).getroot()  # noqa: S314 - our own output
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == [
        "V006",
        "different",
    ]


def test_missing_golden_exits_3_without_training(
    run_verify: RunVerify,
    training: FakeTraining,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A configuration without golden could not be judged, so there is no point in training it."""
    assert run_verify(["smoke"], golden_dir=tmp_path) == 3
    assert training.calls == []
    assert "golden record smoke" in capsys.readouterr().out


def test_one_missing_golden_is_no_success(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
) -> None:
    """One success and one configuration that could not be judged: could not judge."""
    assert run_verify(["smoke", "wide"], golden_dir=golden_dir) == 3
    assert [name for name, _ in training.calls] == ["smoke"]


def test_tampered_golden_exits_3(run_verify: RunVerify, training: FakeTraining, golden_dir: Path) -> None:
    """A golden with a wrong seal is not used."""
    path = golden_dir / "smoke.json"
    text = path.read_text(encoding="utf-8")
    assert '"seed": 1' in text
    path.write_text(swap(text, '"seed": 1', '"seed": 8'), encoding="utf-8")
    assert run_verify(["smoke"], golden_dir=golden_dir) == 3
    assert training.calls == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CouldNotJudgeError("threads cannot be set"), 3),
        (NonFiniteError("training produced NaN or infinity", where="epoch 1, step 2"), 1),
    ],
)
def test_run_that_cannot_be_made(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
    error: Exception,
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A host that does not conform: could not judge; a run that diverges differs from its golden."""
    training.error = error
    assert run_verify(["smoke"], golden_dir=golden_dir) == code
    out = capsys.readouterr().out
    assert f"V014 {error.args[0]}" in out


def test_missing_data_of_a_name_is_an_error_and_of_everything_a_doubt(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`verify NAME` without data ends as `train` does; `verify --all` goes on and could not judge."""
    training.error = DataError("a file is missing", remedy="data fetch")
    assert run_verify(["smoke"], golden_dir=golden_dir) == 2
    assert "a file is missing" in capsys.readouterr().err
    assert run_verify([], all=True, golden_dir=golden_dir) == 3
    assert "V014 a file is missing" in capsys.readouterr().out


def test_native_profile_needs_a_native_golden(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
) -> None:
    """A golden of portable bits says nothing about native arithmetic."""
    assert run_verify(["smoke"], profile="native", golden_dir=golden_dir) == 3
    assert training.calls == [("smoke", "native")]


def test_unknown_name_is_a_configuration_error(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
) -> None:
    """A name that does not exist is a usage error."""
    assert run_verify(["nothing-like-it"], golden_dir=golden_dir) == 2
    assert training.calls == []


def test_junit_that_cannot_be_written_is_a_usage_error(
    run_verify: RunVerify,
    training: FakeTraining,
    golden_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A directory that is not there gives one clear error."""
    assert run_verify(["smoke"], junit=tmp_path / "nowhere" / "junit.xml", golden_dir=golden_dir) == 2
    assert "the JUnit file cannot be written" in capsys.readouterr().err
    assert training.calls == []


def test_real_run_is_verified_end_to_end(
    run_verify: RunVerify,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`smoke`, really trained, is recorded and verified; a run with another seed differs."""
    record_golden("smoke", Recording(golden_dir=tmp_path, native=True))
    assert run_verify(["smoke"], golden_dir=tmp_path) == 0
    assert run_verify(["smoke"], golden_dir=tmp_path, profile="native") == 0
    config = load_config("smoke")
    other = config.settings() | {"seed": config.seed + 1}
    lines = [f"{key} = {json.dumps(value)}" for key, value in other.items() if not isinstance(value, dict)]
    for section in (key for key, value in other.items() if isinstance(value, dict)):
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in other[section].items())]
    path = tmp_path / "smoke.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    capsys.readouterr()
    assert run_verify([str(path), "--goldens", str(tmp_path)], golden_dir=tmp_path, json=True) == 1
    failed = {row["id"] for row in json.loads(capsys.readouterr().out)["checks"] if row["status"] == "fail"}
    assert {"V002", "V003", "V004", "V005", "V006", "V007", "V008", "V009", "V010"} <= failed


def test_native_run_of_another_class_is_only_close(
    run_verify: RunVerify,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Losses within a tolerance are no reproduction: exit code 3, or 0 where that is accepted; JSON says close."""
    record_golden("smoke", Recording(golden_dir=tmp_path, native=True))
    monkeypatch.setattr("verify.files.fingerprint.digest_class", lambda *_: "sha256:" + "0" * 64)
    options: dict[str, object] = {"profile": "native", "golden_dir": tmp_path}
    assert run_verify(["smoke"], **options) == 3
    text = capsys.readouterr().out
    assert text.splitlines()[-1].startswith("close:")
    assert "identical" not in text
    assert run_verify(["smoke"], **options, json=True, **{"accept-close": True}) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["verdict"], body["goldens"][0]["verdict"]) == ("close", "close")
