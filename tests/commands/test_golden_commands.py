"""The verbs of `golden`: record refuses and explains, list shows, check finds every defect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.cli import goldens
from appliance.config import list_configs, load_config
from appliance.errors import ConfigurationError
from support.fake_training import FakeTraining
from support.specimens import HERE, parse_record
from verify.digests import digest_json
from verify.errors import UsageError
from verify.files.fingerprint import MachineSummary
from verify.files.golden import build_golden
from verify.files.goldens import locate_golden, read_golden, write_golden

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """Return a directory with a sound golden for every configuration that ships."""
    for name in list_configs():
        golden = build_golden(FakeTraining()(load_config(name)).to_file(), MachineSummary(numpy="2.4.4"))
        write_golden(locate_golden(name, tmp_path), golden)
    return tmp_path


def test_record_writes_a_golden(training: FakeTraining, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The golden expects what the portable run gave, and stdout stays empty."""
    assert goldens.record("smoke", golden_dir=tmp_path) == 0
    golden = read_golden(tmp_path / "smoke.json")
    assert golden.config_digest == load_config("smoke").digest()
    assert golden.native is None
    assert training.calls == [("smoke", "portable")]
    out, err = capsys.readouterr()
    assert (out, "a new golden" in err) == ("", True)


def test_record_with_native_results(training: FakeTraining, tmp_path: Path) -> None:
    """On request the golden also expects native bits, for this class of machine."""
    assert goldens.record("smoke", golden_dir=tmp_path, native=True) == 0
    assert training.calls == [("smoke", "portable"), ("smoke", "native")]
    native = read_golden(tmp_path / "smoke.json").native
    assert native is not None
    assert native.fingerprint_class == HERE


def test_record_is_refused_in_ci_before_training(
    training: FakeTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With CI set nothing is trained and nothing is written."""
    monkeypatch.setenv("CI", "1")
    with pytest.raises(UsageError, match="continuous integration"):
        goldens.record("smoke", golden_dir=tmp_path, replace=True)
    assert training.calls == []
    assert list(tmp_path.iterdir()) == []


def test_record_is_refused_where_a_golden_exists(training: FakeTraining, full: Path) -> None:
    """Without --replace the golden that is there stays, and nothing is trained."""
    before = (full / "smoke.json").read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        goldens.record("smoke", golden_dir=full)
    assert (full / "smoke.json").read_bytes() == before
    assert training.calls == []


def test_replacing_says_what_changed(training: FakeTraining, full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Old and new value of each changed field are printed."""
    training.drift = 0.125
    assert goldens.record("smoke", golden_dir=full, replace=True, as_json=True) == 0
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert "  epochs[1].train_loss: 0.25 -> 0.375" in changes


def test_other_bits_for_the_same_settings_are_called_out(full: Path) -> None:
    """A changed result under an unchanged bits version is a warning; an equal golden changes nothing."""
    path = full / "smoke.json"
    old = read_golden(path)
    assert goldens.list_changes(path, old) == ["  nothing changed"]
    new = attrs.evolve(old, digests=attrs.evolve(old.digests, run="sha256:" + "0" * 64))
    assert "raise the bits version" in goldens.list_changes(path, new)[-1]


def test_replacing_a_broken_golden_says_so(training: FakeTraining, full: Path) -> None:
    """What cannot be read cannot be compared, but it can be replaced."""
    golden = read_golden(full / "smoke.json")
    (full / "smoke.json").write_text("{", encoding="utf-8")
    assert "could not be read" in goldens.list_changes(full / "smoke.json", golden)[0]
    assert goldens.record("smoke", golden_dir=full, replace=True) == 0
    assert training.calls
    assert read_golden(full / "smoke.json").config == "smoke"


def test_list_shows_sound_ones_beside_broken_ones(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each golden is listed, a broken one with what is wrong with it."""
    (full / "wide.json").write_text("{", encoding="utf-8")
    assert goldens.list_(golden_dir=full, as_json=True) == 0
    rows = {row["config"]: row for row in json.loads(capsys.readouterr().out)["goldens"]}
    assert sorted(rows) == list_configs()
    assert rows["wide"]["problem"] == "a golden is not JSON"
    assert rows["smoke"]["run"].startswith("sha256:")
    assert goldens.list_(golden_dir=full) == 0
    assert "smoke" in capsys.readouterr().err


def test_check_of_a_full_set_exits_0(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A sound golden for every configuration is a success."""
    assert goldens.check(golden_dir=full, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "identical"


def test_check_of_nothing_exits_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No golden is no success."""
    assert goldens.check(golden_dir=tmp_path) == 3
    assert "there is no golden at all" in capsys.readouterr().err


def test_check_reports_every_defect(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tampered, a missing and an unused golden are three reports, and the exit code is not 0."""
    (full / "wide.json").unlink()
    text = (full / "smoke.json").read_text(encoding="utf-8")
    (full / "smoke.json").write_text(text.replace("0.875", "0.9"), encoding="utf-8")
    (full / "gone.json").write_bytes((full / "baseline.json").read_bytes())
    assert goldens.check(golden_dir=full, as_json=True) == 1
    rows = json.loads(capsys.readouterr().out)["checks"]
    troubles = {(row["id"], row["where"]) for row in rows if row["status"] != "pass"}
    assert troubles == {("G003", "wide"), ("G001", "smoke"), ("G001", "gone"), ("G004", "gone")}


def test_check_reports_other_settings(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A golden made with another learning rate than the file's is out of date."""
    config = load_config("smoke")
    record = FakeTraining()(config).to_json()
    settings = config.settings()
    settings["optimizer"]["learning_rate"] += 1.0
    record |= {"settings": settings, "config_digest": digest_json(settings)}
    golden = build_golden(parse_record(record), MachineSummary())
    write_golden(full / "smoke.json", golden, replace=True)
    assert goldens.check(golden_dir=full) == 1
    assert "G002 the golden was made with other settings" in capsys.readouterr().err


def test_check_reports_a_broken_configuration(
    full: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration that cannot be read is one more defect, not the end of the check."""

    def refuse(name: str) -> object:
        if name == "wide":
            raise ConfigurationError("the configuration cannot be read", where=name)
        return load_config(name)

    monkeypatch.setattr("appliance.config.load_config", refuse)
    assert goldens.check(golden_dir=full, as_json=True) != 0
    rows = json.loads(capsys.readouterr().out)["checks"]
    assert {(row["id"], row["where"]) for row in rows if row["status"] != "pass"} == {
        ("G006", "wide"),
        ("G004", "wide"),
    }
