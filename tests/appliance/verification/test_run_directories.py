"""Judging run directories by name, and training them again: what agrees, and the first stage that does not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import load_config
from appliance.errors import DataError
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from appliance.verification.retraining import Retraining
from appliance.verification.run_directories import retrain_run, split_names
from appliance.verification.verify import verify
from support.fake_training import FakeTraining
from support.forged_runs import forge_weights
from verify.errors import NonFiniteError
from verify.rendering.report import report_verification
from verify.rendering.text import render_text

if TYPE_CHECKING:
    from appliance.training.record import Record
    from verify.results import Judgement

SETTINGS = Retraining()


def list_troubles(judgement: Judgement) -> list[tuple[str, str]]:
    """Return id and status of every result that is not a pass."""
    return [(result.id, result.status) for result in judgement.results if result.status != "pass"]


def make_run(place: Path, *, seed: int = 1, profile: str = "portable") -> Record:
    """Train smoke, write the run directory and return the record."""
    record = run_training(load_config("smoke", seed=seed), profile=profile)
    write_run(record, place)
    return record


def test_a_run_that_is_made_again_agrees(tmp_path: Path) -> None:
    """Directory, golden and the new run agree at every stage."""
    record = make_run(tmp_path / "run")
    judgement = retrain_run(tmp_path / "run", SETTINGS)
    assert judgement.verdict == "identical"
    assert {"J003", "V009", "R009", "R012"} <= {result.id for result in judgement.results}
    assert judgement.expected == judgement.found == record.digests["run"]


def test_a_run_without_a_golden_is_its_own_expectation(tmp_path: Path) -> None:
    """Another seed has no golden, which is no doubt once the run was made again."""
    make_run(tmp_path / "run", seed=5)
    judgement = retrain_run(tmp_path / "run", SETTINGS)
    assert list_troubles(judgement) == [("J004", "info")]
    assert judgement.verdict == "identical"
    shown = render_text(report_verification([], [judgement]))
    assert "14 of 14 passed" in shown
    assert "note       J004 the golden of this configuration was made with other settings" in shown
    assert "compared with the run itself" in shown
    assert retrain_run(tmp_path / "run", Retraining(golden_dir=tmp_path / "none")).verdict == "identical"


def test_the_first_stage_that_differs_is_named(tmp_path: Path) -> None:
    """A sound forgery of a run without golden: the weights after the last epoch are others."""
    write_run(forge_weights(run_training(load_config("smoke", seed=5))), tmp_path / "run")
    judgement = retrain_run(tmp_path / "run", SETTINGS)
    assert list_troubles(judgement) == [("J004", "info"), ("R005", "fail")]
    assert judgement.results[-1].where == "epoch 2, weights"
    assert judgement.verdict == "different"


def test_another_description_of_the_samples_is_found(tmp_path: Path) -> None:
    """No digest covers it, so only the data of a new training tell that it was edited."""
    record = run_training(load_config("smoke"))
    assert record.predictor is not None
    inputs = attrs.evolve(record.predictor.inputs, class_names=tuple("0123456798"))
    write_run(attrs.evolve(record, predictor=attrs.evolve(record.predictor, inputs=inputs)), tmp_path / "run")
    judgement = retrain_run(tmp_path / "run", SETTINGS)
    assert list_troubles(judgement) == [("J003", "could-not-judge")]
    assert any(result.where and "inputs.class_names" in result.where for result in judgement.results)


def test_a_run_that_contradicts_itself_is_not_made_again(tmp_path: Path) -> None:
    """It is evidence of nothing; nothing is trained."""
    make_run(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    training = FakeTraining()
    judgement = retrain_run(tmp_path / "run", Retraining(train=training))
    assert list_troubles(judgement) == [("J001", "could-not-judge")]
    assert training.calls == []


def test_a_run_is_made_again_in_its_own_profile(tmp_path: Path) -> None:
    """A native run is trained natively, whatever the command line says; on another class losses are compared."""
    make_run(tmp_path / "run", profile="native")
    assert retrain_run(tmp_path / "run", SETTINGS).verdict == "identical"
    training = FakeTraining()
    judgement = retrain_run(tmp_path / "run", Retraining(train=training))
    assert training.calls == [("smoke", "native")]
    assert judgement.basis == "tolerance"


def test_a_pinned_run_needs_the_pinned_profile(tmp_path: Path) -> None:
    """Its environment is made before the start, so the remedy names the option."""
    record = run_training(load_config("smoke"), profile="pinned")
    write_run(record, tmp_path / "run")
    judgement = retrain_run(tmp_path / "run", SETTINGS)
    assert ("V014", "could-not-judge") in list_troubles(judgement)
    assert "--profile pinned" in str(judgement.results[-1].remedy)


def test_trainings_that_fail_have_their_meaning(tmp_path: Path) -> None:
    """NaN is a difference, missing data an error, or a doubt where it may lack."""
    make_run(tmp_path / "run")
    lost = Retraining(train=FakeTraining(error=NonFiniteError("NaN")))
    assert list_troubles(retrain_run(tmp_path / "run", lost)) == [("V014", "fail")]
    without = Retraining(train=FakeTraining(error=DataError("no data")))
    with pytest.raises(DataError):
        retrain_run(tmp_path / "run", without)
    may_lack = attrs.evolve(without, data_may_lack=True)
    assert list_troubles(retrain_run(tmp_path / "run", may_lack)) == [("V014", "could-not-judge")]


def test_names_of_configurations_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory is a run directory unless a configuration has its name; a path to it always is."""
    monkeypatch.chdir(tmp_path)
    for name in ("smoke", "mine"):
        (tmp_path / name).mkdir()
    assert split_names(["smoke", "mine", "./smoke", "none"]) == (["smoke", "none"], [Path("mine"), Path("smoke")])


def test_runs_alone_are_judged_without_looking_at_the_host(tmp_path: Path) -> None:
    """Nothing is computed, so the versions and the host do not matter."""
    make_run(tmp_path / "run")
    found = verify([str(tmp_path / "run")])
    assert (found.verdict, found.checks) == ("identical", ())


def test_names_and_runs_can_be_judged_together(tmp_path: Path) -> None:
    """One report, with the host's certificate, because something is trained."""
    make_run(tmp_path / "run")
    found = verify(["smoke", str(tmp_path / "run")])
    assert [judgement.config for judgement in found.judgements] == ["smoke", "smoke"]
    assert any(result.id == "C001" for result in found.checks)
    assert any(result.id == "C001" for result in verify([str(tmp_path / "run")], retrain=True).checks)
