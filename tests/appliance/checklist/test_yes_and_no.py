"""Every item that a machine can answer says yes for one run, and no for another in which that is planted."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.checklist import answer_checklist
from appliance.checklist.table import QUESTIONS
from support import plants, trained_plants
from support.planted_answers import (
    Scene,
    change_machine,
    make_agreement,
    make_benchmark,
    make_proof,
    make_sweep,
    make_verification,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.checklist import Item

    Plant = Callable[[Path], Scene]

OTHER = plants.OTHER
given = plants.with_evidence
PLANTS: dict[str, tuple[Plant, Plant]] = {
    "environment.recorded": (plants.as_it_is, plants.drop_fields("probes", "")),
    "environment.software": (plants.know_everything, plants.set_field("compared", "blas.kernel", None)),
    "environment.packages": (plants.know_everything, plants.drop_fields("context", "installed.")),
    "environment.pins": (plants.pin_everything, plants.set_field("compared", "numpy.version", "1.0")),
    "environment.processor": (plants.know_everything, plants.set_field("context", "cpu.model", None)),
    "environment.system": (plants.know_everything, plants.set_field("context", "os.kernel", "")),
    "environment.code": (plants.as_it_is, plants.set_field("context", "program.source", None)),
    "environment.revision": (
        plants.set_field("context", "program.commit", "0123456789" * 4),
        plants.set_field("context", "program.commit", f"{'0123456789' * 4}-dirty"),
    ),
    "environment.variables": (plants.leave_variables(), plants.leave_variables("OMP_NUM_THREADS")),
    "data.digest": (plants.as_it_is, plants.change_digest("dataset")),
    "data.same": (plants.as_it_is, plants.pretend_samples),
    "data.controls": (plants.as_it_is, trained_plants.damage_stored),
    "data.counts": (trained_plants.train_arrays, trained_plants.shorten_samples),
    "data.separate": (trained_plants.train_arrays, trained_plants.share_samples),
    "data.source": (plants.as_it_is, plants.spoil_record),
    "determinism.seed": (plants.as_it_is, plants.damage("config.toml")),
    "determinism.arithmetic": (plants.as_it_is, trained_plants.train_with("native")),
    "determinism.bits": (plants.as_it_is, plants.set_record(bits=1)),
    "determinism.host": (plants.as_it_is, lambda run: change_machine(run, lambda body: body.pop("certificate"))),
    "determinism.finite": (plants.as_it_is, plants.lose_a_weight),
    "determinism.repeats": (given(make_benchmark), plants.as_it_is),
    "determinism.retrained": (given(make_verification), given(lambda run: make_verification(run, found=OTHER))),
    "determinism.machines": (
        given(lambda run: make_agreement(run, ("a", None, "Haswell"), ("b", None, "Zen"))),
        given(lambda run: make_agreement(run, ("a", None, "Haswell"), ("b", OTHER, "Zen"))),
    ),
    "determinism.worlds": (plants.give_worlds, plants.as_it_is),
    "determinism.resume": (given(lambda run: make_proof(run, "resume")), given(lambda run: make_proof(run, "workers"))),
    "determinism.workers": (given(lambda run: make_proof(run, "workers")), plants.as_it_is),
    "artifacts.files": (plants.as_it_is, plants.add_file),
    "artifacts.checksums": (plants.as_it_is, plants.spoil_machine),
    "artifacts.consistent": (plants.as_it_is, plants.change_digest("history")),
    "artifacts.settings": (plants.as_it_is, plants.set_training(unknown=1)),
    "artifacts.code": (trained_plants.train_experiment, trained_plants.edit_code),
    "artifacts.again": (plants.as_it_is, trained_plants.fit_own),
    "artifacts.weights": (plants.as_it_is, plants.damage("weights.safetensors")),
    "artifacts.predictions": (plants.as_it_is, plants.remove("predictions.safetensors")),
    "artifacts.history": (plants.as_it_is, plants.set_training(epochs=3)),
    "artifacts.trace": (trained_plants.train_with(trace="step"), plants.as_it_is),
    "artifacts.golden": (plants.as_it_is, trained_plants.train_with(seed=2)),
    "artifacts.equal": (plants.as_it_is, plants.pretend_samples),
    "reporting.metrics": (plants.as_it_is, plants.remove("history.jsonl")),
    "reporting.chance": (
        trained_plants.train_with(training__epochs=10),
        trained_plants.train_with(optimizer__learning_rate=1e-9),
    ),
    "reporting.seeds": (given(make_benchmark), given(lambda run: make_benchmark(run, seeds=None))),
    "reporting.precision": (plants.as_it_is, plants.spoil_record),
    "reporting.size": (plants.as_it_is, plants.remove("weights.safetensors")),
    "reporting.time": (plants.as_it_is, lambda run: change_machine(run, lambda body: body.update(timing={}))),
    "reporting.search": (given(make_sweep), plants.spoil_record),
}
"""For each item a plant for which it says yes, and one for which it says no."""


@pytest.fixture
def run(smoke_run: Path, tmp_path: Path) -> Path:
    """Return a copy of a run of smoke."""
    shutil.copytree(smoke_run, tmp_path / "run")
    return tmp_path / "run"


def answer(scene: Scene, name: str) -> Item:
    """Return one item of a scene."""
    with contextlib.chdir(scene.folder or "."):
        found = answer_checklist(
            scene.run, data_dir=scene.data_dir, golden_dir=scene.golden_dir, evidence=scene.evidence
        )
    return next(item for item in found.items if item.id == name)


def test_every_question_with_an_answer_has_plants() -> None:
    """An item that a machine answers is in the table; one that it cannot answer is not."""
    asked = [question for part in QUESTIONS.values() for question in part]
    assert sorted(PLANTS) == sorted(question.id for question in asked if question.answer is not None)
    assert all(question.author for question in asked if question.answer is None)


@pytest.mark.parametrize("name", PLANTS)
def test_item_says_yes_and_no(name: str, run: Path, tmp_path: Path) -> None:
    """The answer follows from the files; a no names a remedy, and both have evidence."""
    other = shutil.copytree(run, tmp_path / "other" / "run")
    good, bad = answer(PLANTS[name][0](run), name), answer(PLANTS[name][1](other), name)
    assert (good.status, bad.status) == ("yes", "no"), (good, bad)
    assert good.remedy is None
    assert bad.remedy
    assert all(one.text for one in (*good.evidence, *bad.evidence))
    assert good.evidence
    assert bad.evidence
