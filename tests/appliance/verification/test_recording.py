"""Goldens: recording refuses and explains, listing shows, checking finds every defect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import list_configs, load_config
from appliance.errors import ConfigurationError
from appliance.verification import goldens
from appliance.verification.goldens import Recording, check_all_goldens, list_changes, read_goldens, record_golden
from support.fake_training import FakeTraining
from support.specimens import HERE, parse_record
from verify.digests import digest_json
from verify.errors import UsageError
from verify.files.fingerprint import MachineSummary
from verify.files.golden import build_golden
from verify.files.goldens import locate_golden, read_golden, write_golden

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.verification.goldens import GoldenCheck


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """Return a directory with a sound golden for every configuration that ships."""
    for name in list_configs():
        golden = build_golden(FakeTraining()(load_config(name)).to_file(), MachineSummary(numpy="2.4.4"))
        write_golden(locate_golden(name, tmp_path), golden)
    return tmp_path


def test_record_writes_a_golden(training: FakeTraining, tmp_path: Path) -> None:
    """The golden expects what the portable run gave."""
    recorded = record_golden("smoke", Recording(golden_dir=tmp_path))
    golden = read_golden(tmp_path / "smoke.json")
    assert golden.config_digest == load_config("smoke").digest()
    assert golden.native is None
    assert training.calls == [("smoke", "portable")]
    assert recorded.to_text() == f"recorded smoke: {golden.digests.run}\n  a new golden"


def test_record_with_native_results(training: FakeTraining, tmp_path: Path) -> None:
    """On request the golden also expects native bits, for this class of machine."""
    record_golden("smoke", Recording(golden_dir=tmp_path, native=True))
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
        record_golden("smoke", Recording(golden_dir=tmp_path, replace=True))
    assert training.calls == []
    assert list(tmp_path.iterdir()) == []


def test_record_is_refused_where_a_golden_exists(training: FakeTraining, full: Path) -> None:
    """Without --replace the golden that is there stays, and nothing is trained."""
    before = (full / "smoke.json").read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        record_golden("smoke", Recording(golden_dir=full))
    assert (full / "smoke.json").read_bytes() == before
    assert training.calls == []


def test_replacing_says_what_changed(training: FakeTraining, full: Path) -> None:
    """Old and new value of each changed field are shown."""
    training.drift = 0.125
    changes = record_golden("smoke", Recording(golden_dir=full, replace=True)).to_json()["changes"]
    assert "  epochs[1].train_loss: 0.25 -> 0.375" in changes


def test_other_bits_for_the_same_settings_are_called_out(full: Path) -> None:
    """A changed result under an unchanged bits version is a warning; an equal golden changes nothing."""
    path = full / "smoke.json"
    old = read_golden(path)
    assert list_changes(path, old) == ["  nothing changed"]
    new = attrs.evolve(old, digests=attrs.evolve(old.digests, run="sha256:" + "0" * 64))
    assert "raise the bits version" in list_changes(path, new)[-1]


def test_replacing_a_broken_golden_says_so(training: FakeTraining, full: Path) -> None:
    """What cannot be read cannot be compared, but it can be replaced."""
    golden = read_golden(full / "smoke.json")
    (full / "smoke.json").write_text("{", encoding="utf-8")
    assert "could not be read" in list_changes(full / "smoke.json", golden)[0]
    record_golden("smoke", Recording(golden_dir=full, replace=True))
    assert training.calls
    assert read_golden(full / "smoke.json").config == "smoke"


def test_list_shows_sound_and_broken_goldens(full: Path) -> None:
    """Each golden is listed, a broken one with what is wrong with it."""
    (full / "wide.json").write_text("{", encoding="utf-8")
    found = read_goldens(full)
    rows = {row["config"]: row for row in found.to_json()["goldens"]}
    assert sorted(rows) == list_configs()
    assert rows["wide"]["problem"] == "a golden is not JSON"
    assert rows["smoke"]["run"].startswith("sha256:")
    assert "smoke" in found.to_text()


def test_check_of_a_full_set_is_identical(full: Path) -> None:
    """A sound golden for every configuration is a success."""
    assert check_all_goldens(full).to_json()["verdict"] == "identical"


def test_check_of_nothing_is_no_success(tmp_path: Path) -> None:
    """No golden is no success."""
    found = check_all_goldens(tmp_path)
    assert found.verdict == "could-not-judge"
    assert "there is no golden at all" in found.to_text()


def _list_troubles(found: GoldenCheck) -> set[tuple[str, object]]:
    return {(row["id"], row["where"]) for row in found.to_json()["checks"] if row["status"] != "pass"}


def test_check_reports_every_defect(full: Path) -> None:
    """A tampered, a missing and an unused golden are three reports, and no success."""
    (full / "wide.json").unlink()
    text = (full / "smoke.json").read_text(encoding="utf-8")
    (full / "smoke.json").write_text(text.replace("0.875", "0.9"), encoding="utf-8")
    (full / "gone.json").write_bytes((full / "baseline.json").read_bytes())
    found = check_all_goldens(full)
    assert found.verdict == "different"
    assert _list_troubles(found) == {("G003", "wide"), ("G001", "smoke"), ("G001", "gone"), ("G004", "gone")}


def test_check_reports_other_settings(full: Path) -> None:
    """A golden made with another learning rate than the file's is out of date."""
    config = load_config("smoke")
    record = FakeTraining()(config).to_json()
    settings = config.settings()
    settings["optimizer"]["learning_rate"] += 1.0
    record |= {"settings": settings, "config_digest": digest_json(settings)}
    golden = build_golden(parse_record(record), MachineSummary())
    write_golden(full / "smoke.json", golden, replace=True)
    found = check_all_goldens(full)
    assert found.verdict == "different"
    assert "G002 the golden was made with other settings" in found.to_text()


def test_check_reports_a_broken_configuration(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration that cannot be read is one more defect, not the end of the check."""

    def refuse(name: str) -> object:
        if name == "wide":
            raise ConfigurationError("the configuration cannot be read", where=name)
        return load_config(name)

    monkeypatch.setattr(goldens, "load_config", refuse)
    found = check_all_goldens(full)
    assert found.verdict != "identical"
    assert _list_troubles(found) == {("G006", "wide"), ("G004", "wide")}
