"""Runs of which an item could be thought true that is not: each answer here was a wrong yes once."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from appliance.checklist import answer_checklist
from support import plants, trained_plants
from support.planted_answers import (
    Scene,
    change_fingerprint,
    change_machine,
    give,
    make_agreement,
    make_answer_of_vary,
    make_sweep,
    make_verification,
)
from verify.files.weights import WEIGHTS, format_tensors, parse_tensors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.checklist import Item

    Plant = Callable[[Path], Scene]

AUTHOR = "not-answerable-by-machine"


def train_native_elsewhere(run: Path) -> Scene:
    """Train in native arithmetic, on a machine of another class than that of the golden."""
    trained_plants.train_with("native")(run)
    return change_fingerprint(run, lambda body: body["compared"].update({"blas.kernel": "Zen"}))


def exchange_weights(run: Path) -> Scene:
    """Put other weights into the place of those of the run, all of them finite."""
    tensors = parse_tensors((run / WEIGHTS).read_bytes(), run)
    arrays = {name: array + 1 for name, array in tensors.arrays.items()}
    (run / WEIGHTS).write_bytes(format_tensors(arrays, tensors.metadata["digest"]))
    return Scene(run=run)


def list_without(name: str) -> Plant:
    """Return a plant whose fingerprint lists packages, but for one that was used."""

    def plant(run: Path) -> Scene:
        plants.know_everything(run)
        return change_fingerprint(run, lambda body: body["context"].pop(f"installed.{name}"))

    return plant


def forget_preloaded(run: Path) -> Scene:
    """Make a fingerprint that does not say what was preloaded."""
    plants.leave_variables()(run)
    return change_fingerprint(run, lambda body: body["compared"].pop("preloaded"))


def read_only(run: Path) -> dict[str, Any]:
    """Return an agreement of two machines that read the run directory and trained nothing."""
    body = make_agreement(run, ("a", None, "Haswell"), ("b", None, "Zen"))
    for leg in body["legs"]:
        leg["checks"] = [{"id": number, "config": "smoke", "status": "pass"} for number in ("J001", "V009")]
    return body


def leave_unknown(run: Path) -> dict[str, Any]:
    """Return an agreement in which nothing is known of one of two machines."""
    body = make_agreement(run, ("a", None, "Haswell"), ("b", None, "?"))
    body["legs"][1] |= {"processor": "?", "ISA": "?"}
    return body


def vary_little(run: Path) -> dict[str, Any]:
    """Return an answer of vary that varied the time zone only."""
    axes = [{"name": "timezone", "title": "time zone", "values": ["UTC", "Asia/Tokyo"], "status": "harmless"}]
    return make_answer_of_vary(plants.read_outputs(run), axes=axes)


def sweep_one(run: Path) -> dict[str, Any]:
    """Return a sweep of one combination: that of the run."""
    body = make_sweep(run)
    return body | {"axes": {"optimizer.learning_rate": ["0.1"]}, "rows": body["rows"][:1]}


def train_another(run: Path) -> dict[str, Any]:
    """Return a verification that read this run, and trained another one of the same configuration."""
    body = make_verification(run, ("J001", "R009"))
    body["checks"][1]["found"] = plants.OTHER
    body["goldens"].append(body["goldens"][0] | {"expected": plants.OTHER, "found": plants.OTHER})
    return body


CASES: dict[str, tuple[str, Plant, str]] = {
    "a trace of epochs": ("artifacts.trace", trained_plants.train_with(trace="epoch"), "no"),
    "losses within a tolerance": ("artifacts.equal", train_native_elsewhere, "no"),
    "samples that are lost": ("artifacts.again", trained_plants.lose_samples, "no"),
    "code of an experiment": ("determinism.arithmetic", trained_plants.train_experiment, AUTHOR),
    "other weights": ("determinism.finite", exchange_weights, "no"),
    "a list without NumPy": ("environment.packages", list_without("numpy"), "no"),
    "a list without a package": ("environment.packages", list_without("cattrs"), "no"),
    "a commit that is none": ("environment.revision", plants.set_field("context", "program.commit", "main"), "no"),
    "an image that is none": (
        "environment.revision",
        plants.set_field("context", "channel.image_digest", "mine"),
        "no",
    ),
    "nothing about libraries": ("environment.variables", forget_preloaded, "no"),
    "fewer right answers than the most frequent label": ("reporting.chance", plants.as_it_is, "no"),
    "labels that are not here": ("reporting.chance", trained_plants.train_experiment, AUTHOR),
    "a time below zero": (
        "reporting.time",
        lambda run: change_machine(run, lambda body: body["timing"].update(seconds=-5.0)),
        "no",
    ),
    "machines that read": ("determinism.machines", plants.with_evidence(read_only), "no"),
    "a machine of which nothing is known": ("determinism.machines", plants.with_evidence(leave_unknown), "no"),
    "worlds of one axis": ("determinism.worlds", plants.with_evidence(vary_little), "no"),
    "a sweep of one combination": ("reporting.search", plants.with_evidence(sweep_one), AUTHOR),
    "another run that was trained": ("determinism.retrained", plants.with_evidence(train_another), "no"),
}
"""For each case the item, the plant and the right answer."""


def answer(scene: Scene, name: str) -> Item:
    """Return one item of a scene."""
    found = answer_checklist(scene.run, data_dir=scene.data_dir, golden_dir=scene.golden_dir, evidence=scene.evidence)
    return next(item for item in found.items if item.id == name)


@pytest.mark.parametrize("case", CASES)
def test_item_is_not_true(case: str, smoke_run: Path, tmp_path: Path) -> None:
    """The answer is no, or that of the author; what to do is said."""
    name, plant, expected = CASES[case]
    run = shutil.copytree(smoke_run, tmp_path / "run")
    found = answer(plant(run), name)
    assert found.status == expected, found
    assert found.remedy


def test_shortened_agreement_counts_by_its_verdicts(smoke_run: Path, tmp_path: Path) -> None:
    """A file with numbers in the place of checks is evidence where its machines were judged as identical."""
    run = shutil.copytree(smoke_run, tmp_path / "run")
    body = make_agreement(run, ("a", None, "Haswell"), ("b", None, "Zen"))
    for verdict, expected in (("identical", "yes"), ("could-not-judge", "no")):
        for leg in body["legs"]:
            leg |= {"checks": 116, "verdict": verdict}
        assert answer(give(run, body), "determinism.machines").status == expected


def test_run_of_a_program_has_portable_arithmetic_without_its_code(smoke_run: Path, tmp_path: Path) -> None:
    """A program that gives samples, and layers of ours, computes as a configuration does."""
    run = shutil.copytree(smoke_run, tmp_path / "run")
    assert answer(trained_plants.fit_own(run), "determinism.arithmetic").status == "yes"
    assert not any("verify" in line for line in answer(Scene(run=run), "determinism.machines").commands)
