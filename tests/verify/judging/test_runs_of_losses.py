"""Runs with each loss: sound ones contradict nothing, predictions that do not fit are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.data.dataset import Dataset
from appliance.data.rows import MemoryRows
from appliance.runs.directory import write_run
from appliance.streams import draw_uniform
from appliance.training.execute import run_training
from verify.files.run import RunFiles, load_run
from verify.files.weights import Tensors
from verify.judging.contradictions import list_contradictions
from verify.judging.divergence import compare_runs

if TYPE_CHECKING:
    from pathlib import Path

LOSSES = {
    "classes": ("cross-entropy", 3, 3),
    "targets": ("mean-squared-error", 0, 2),
    "answers": ("binary-cross-entropy", 0, 2),
    "yes or no": ("binary-cross-entropy", 2, 1),
}


def make_dataset(classes: int, outputs: int) -> Dataset:
    """Return 12 samples of four numbers."""
    rows = MemoryRows(draw_uniform(48, 1, "rows").reshape(12, 4).astype(np.float32))
    if classes:
        labels = (draw_uniform(12, 1, "labels") * classes).astype(np.uint8)
    else:
        labels = np.rint(draw_uniform(12 * outputs, 1, "labels")).reshape(12, outputs).astype(np.float32)
    return Dataset(
        name="own",
        train_features=rows,
        train_labels=labels,
        test_features=rows,
        test_labels=labels,
        sample_shape=(4,),
        classes=classes,
        targets=0 if classes else outputs,
    )


def make_run(case: str, place: Path, seed: int = 1) -> RunFiles:
    """Return a run that was written and read back."""
    loss, classes, outputs = LOSSES[case]
    settings: dict[str, Any] = {
        "schema": "repro-appliance/config/1",
        "name": "own",
        "seed": seed,
        "precision": "f32",
        "data": {"source": "synthetic", "train_samples": 12, "test_samples": 12},
        "model": {"layers": [4, outputs]},
        "training": {"epochs": 2, "batch_size": 6, "loss": loss},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
    }
    config = parse_settings(settings, where="a test")
    write_run(run_training(config, dataset=make_dataset(classes, outputs)), place)
    return load_run(place)


def list_subjects(run: RunFiles) -> list[str]:
    """Return what contradicts itself."""
    return [row.subject for row in list_contradictions(run)]


def replace_predictions(run: RunFiles, **arrays: Any) -> RunFiles:  # noqa: ANN401 - any array
    """Return the run with other predictions."""
    return attrs.evolve(run, predictions=Tensors(arrays, run.predictions.metadata))


@pytest.mark.parametrize("case", LOSSES)
def test_sound_runs_contradict_nothing(case: str, tmp_path: Path) -> None:
    """And equal themselves; another seed makes another run."""
    run = make_run(case, tmp_path / "a")
    assert list_subjects(run) == []
    assert compare_runs(run, make_run(case, tmp_path / "b")).verdict == "identical"
    assert compare_runs(run, make_run(case, tmp_path / "c", seed=2)).verdict == "different"


@pytest.mark.parametrize("case", ["classes", "answers", "yes or no"])
def test_another_class_is_found(case: str, tmp_path: Path) -> None:
    """The class of a sample follows from its logits."""
    run = make_run(case, tmp_path / "run")
    classes = np.array(run.predictions.arrays["classes"])
    classes.reshape(-1)[3] = (int(classes.reshape(-1)[3]) + 1) % 2
    subjects = list_subjects(replace_predictions(run, logits=run.predictions.arrays["logits"], classes=classes))
    assert any("and its logit" in subject for subject in subjects)
    assert "the predictions" in list_subjects(replace_predictions(run, classes=classes))


def test_a_regression_has_outputs_and_no_classes(tmp_path: Path) -> None:
    """Logits and classes are no predictions of a regression, and an accuracy is none of its scores."""
    run = make_run("targets", tmp_path / "run")
    outputs = run.predictions.arrays["outputs"]
    assert "the predictions" in list_subjects(replace_predictions(run, logits=outputs, classes=np.zeros(12, np.uint8)))
    rows = tuple(attrs.evolve(row, test_accuracy=0.5) for row in run.history)
    assert any("test_accuracy of epoch 1" in subject for subject in list_subjects(attrs.evolve(run, history=rows)))


def test_a_run_with_classes_has_an_accuracy(tmp_path: Path) -> None:
    """An epoch without it is found."""
    run = make_run("classes", tmp_path / "run")
    rows = tuple(attrs.evolve(row, test_accuracy=None) for row in run.history)
    subjects = list_subjects(attrs.evolve(run, history=rows))
    assert any("test_accuracy of epoch 2" in subject for subject in subjects)
