"""Goldens: recording refuses and explains, listing shows, checking finds every defect."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import list_configs, load_config
from appliance.config.loading import find_config_directory
from appliance.errors import ConfigurationError
from appliance.training.execute import run_training
from appliance.verification import goldens
from appliance.verification.goldens import check_all_goldens, read_goldens
from appliance.verification.recording import Recording, list_changes, record_golden
from appliance.verification.retraining import Retraining, judge_config
from appliance.verification.subjects import find_subject
from support.edits import swap
from support.fake_training import FakeTraining
from support.specimens import HERE, parse_record
from verify.conformance import certificate
from verify.conformance.certificate import PROBES
from verify.digests import digest_json
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.fingerprint import MachineSummary
from verify.files.golden import build_golden
from verify.files.goldens import locate_golden, read_golden, write_golden

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.verification.goldens import GoldenCheck


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """Return a directory with a sound golden for every configuration that ships."""
    directory = tmp_path / "goldens"
    directory.mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    for name in list_configs():
        shutil.copyfile(find_config_directory() / f"{name}.toml", tmp_path / f"{name}.toml")
        golden = build_golden(FakeTraining()(load_config(name)).to_file(), MachineSummary(numpy="2.4.4"))
        write_golden(locate_golden(name, directory), golden)
    return directory


def test_record_writes_a_golden(training: FakeTraining, tmp_path: Path) -> None:
    """The golden expects what the portable run gave."""
    recorded = record_golden("smoke", Recording(golden_dir=tmp_path))
    golden = read_golden(tmp_path / "smoke.json")
    assert golden.config_digest == load_config("smoke").digest()
    assert golden.native is None
    assert training.calls == [("smoke", "portable")]
    head = f"recorded smoke: {golden.digests.run}\n  a new golden"
    assert recorded.to_text() == f"{head}\nwritten to {tmp_path / 'smoke.json'}"


def test_a_golden_needs_the_whole_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that fails only a slow probe, which `train` does not make, records nothing."""

    def refuse(_: object) -> str:
        return "wrong with several threads"

    broken = [attrs.evolve(probe, check=refuse) if probe.id == "C009" else probe for probe in PROBES]
    monkeypatch.setattr(certificate, "PROBES", tuple(broken))
    run_training(load_config("smoke"))
    with pytest.raises(CouldNotJudgeError, match="cannot give portable results") as caught:
        record_golden("smoke", Recording(golden_dir=tmp_path, train=run_training))
    assert "C009" in str(caught.value.expected)
    assert not (tmp_path / "smoke.json").exists()


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
    with pytest.raises(UsageError, match="exists already") as caught:
        record_golden("smoke", Recording(golden_dir=full))
    command = shlex.join(["repro-appliance", "golden", "record", "smoke", "--goldens", str(full), "--replace"])
    assert str(caught.value.remedy).endswith(command)
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
    assert list_changes(old, old) == ["  nothing changed"]
    new = attrs.evolve(old, digests=attrs.evolve(old.digests, run="sha256:" + "0" * 64))
    assert "raise the bits version" in list_changes(old, new)[-1]


def test_replacing_a_broken_golden_says_so(training: FakeTraining, full: Path) -> None:
    """What cannot be read cannot be compared, but it can be replaced."""
    (full / "smoke.json").write_text("{", encoding="utf-8")
    recorded = record_golden("smoke", Recording(golden_dir=full, replace=True))
    assert "no sound golden" in recorded.changes[0]
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
    (full / "smoke.json").write_text(swap(text, "0.875", "0.9"), encoding="utf-8")
    (full / "gone.json").write_bytes((full / "baseline.json").read_bytes())
    found = check_all_goldens(full)
    assert found.verdict == "different"
    assert _list_troubles(found) == {
        ("G003", "wide"),
        ("G001", str(full / "smoke.json")),
        ("G001", str(full / "gone.json")),
        ("G004", "gone"),
    }


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
        if "wide" in name:
            raise ConfigurationError("the configuration cannot be read", where="wide")
        return load_config(name)

    monkeypatch.setattr(goldens, "load_config", refuse)
    found = check_all_goldens(full)
    assert found.verdict != "identical"
    assert _list_troubles(found) == {("G006", "wide"), ("G004", "wide")}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return the file of a user's configuration."""
    path = tmp_path / "mine.toml"
    text = (find_config_directory() / "smoke.toml").read_text(encoding="utf-8")
    path.write_text(swap(text, 'name = "smoke"', 'name = "mine"'), encoding="utf-8")
    return path


def test_a_users_golden_is_beside_the_configuration(training: FakeTraining, own: Path) -> None:
    """Without --goldens it is in the folder `goldens` beside the file; nothing is written into the program."""
    recorded = record_golden(str(own), Recording())
    assert recorded.path == own.parent / "goldens" / "mine.json"
    assert read_golden(recorded.path).config == "mine"
    assert training.calls == [("mine", "portable")]
    assert not locate_golden("mine").exists()
    assert check_all_goldens(own.parent / "goldens").verdict == "identical"


def test_a_configuration_that_ships_has_the_golden_that_ships() -> None:
    """By its name and by its path."""
    for name in ("smoke", str(find_config_directory() / "smoke.toml")):
        assert find_subject(name).golden == locate_golden("smoke")


def test_a_missing_golden_is_told_with_its_file_and_a_command(training: FakeTraining, own: Path) -> None:
    """The command that the error prints makes the golden; with --goldens it says so."""
    other = own.parent / "other place"
    for given, words in ((None, []), (other, ["--goldens", str(other)])):
        subject = find_subject(str(own), given)
        judgement = judge_config(subject, Retraining(golden_dir=given))
        assert judgement.results[0].expected == str(subject.golden)
        remedy = str(judgement.results[0].remedy)
        assert shlex.split(remedy.partition(": ")[2]) == ["repro-appliance", "golden", "record", str(own), *words]
        record_golden(str(own), Recording(golden_dir=given))
        assert judge_config(subject, Retraining(golden_dir=given)).results[0].status == "pass"
    assert len(training.calls) == 4


def test_a_tampered_golden_is_named_and_not_to_be_overwritten(training: FakeTraining, own: Path) -> None:
    """The message names the file and says to restore it."""
    path = record_golden(str(own), Recording()).path
    path.write_text(swap(path.read_text(encoding="utf-8"), "0.875", "0.9"), encoding="utf-8")
    result = judge_config(find_subject(str(own)), Retraining()).results[0]
    assert (result.status, result.where) == ("could-not-judge", str(path))
    assert "restore" in str(result.remedy)
    assert "record" not in str(result.remedy)
    assert len(training.calls) == 1


def test_native_results_are_kept(training: FakeTraining, own: Path) -> None:
    """--replace without --native keeps native results that still belong to the settings, and says so."""
    record_golden(str(own), Recording(native=True))
    before = read_golden(own.parent / "goldens" / "mine.json").native
    recorded = record_golden(str(own), Recording(replace=True))
    assert before is not None
    assert recorded.golden.native == before
    assert "native results are kept" in recorded.changes[-1]
    own.write_text(swap(own.read_text(encoding="utf-8"), "seed = ", "seed = 1"), encoding="utf-8")
    recorded = record_golden(str(own), Recording(replace=True))
    assert recorded.golden.native is None
    assert "native results are dropped" in recorded.changes[-1]
    assert read_golden(recorded.path) == recorded.golden
    assert ("mine", "native") in training.calls


def test_a_place_without_rights_is_told_before_training(
    training: FakeTraining, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that cannot be made or written to: an error that names it, and nothing is trained."""
    (own.parent / "goldens").write_text("a file", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written") as caught:
        record_golden(str(own), Recording())
    assert caught.value.where == own.parent / "goldens"
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(UsageError, match="cannot be written"):
        record_golden(str(own), Recording(golden_dir=own.parent / "elsewhere"))
    assert training.calls == []


def test_an_installed_program_is_not_changed(
    training: FakeTraining, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goldens inside site-packages are not written; a directory of one's own is."""
    home = tmp_path / "site-packages" / "verify" / "goldens"
    home.mkdir(parents=True)
    monkeypatch.setattr("verify.files.goldens.DIRECTORY", home)
    with pytest.raises(UsageError, match="installed program") as caught:
        record_golden("smoke", Recording(replace=True))
    assert caught.value.remedy == "repro-appliance golden record smoke --goldens DIR"
    assert (training.calls, list(home.iterdir())) == ([], [])
    assert record_golden("smoke", Recording(golden_dir=tmp_path / "mine")).path == tmp_path / "mine" / "smoke.json"
