"""Where two runs differ first: stage, epoch, tensor, element, in a sentence and as JSON."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config, parse_settings
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from verify.digests import digest_arrays
from verify.files.run import load_run
from verify.files.weights import WEIGHTS, format_tensors
from verify.judging.divergence import Divergence, compare_runs
from verify.rendering.divergence import describe_divergence, render_divergence, write_sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.training.record import Record
    from verify.files.run import RunFiles

OTHER = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def record() -> Record:
    """Return the record of one smoke run."""
    return run_training(load_config("smoke"))


@pytest.fixture
def run(record: Record, tmp_path: Path) -> RunFiles:
    """Return that run as it is read back."""
    write_run(record, tmp_path / "a")
    return load_run(tmp_path / "a")


def test_equal_runs_are_identical(run: RunFiles, tmp_path: Path) -> None:
    """A run and its copy agree in every stage, and the sentence says in which."""
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    found = compare_runs(run, load_run(tmp_path / "b"))
    assert (found.verdict, found.first, found.notes) == ("identical", None, ())
    assert write_sentence(found).startswith("The runs are identical: settings, data set,")
    assert found.elements == 16 * 784 + 16 + 160 + 10 + 64 + 640


def change_digest(stage: str) -> Callable[[RunFiles], RunFiles]:
    """Return a change of one digest of the record."""

    def change(run: RunFiles) -> RunFiles:
        digests = attrs.evolve(run.record.digests, **{stage: OTHER})
        return attrs.evolve(run, record=attrs.evolve(run.record, digests=digests))

    return change


def change_epoch(number: int, **values: Any) -> Callable[[RunFiles], RunFiles]:  # noqa: ANN401 - values of a row
    """Return a change of one epoch."""

    def change(run: RunFiles) -> RunFiles:
        rows = list(run.record.epochs)
        rows[number] = attrs.evolve(rows[number], **values)
        return attrs.evolve(run, record=attrs.evolve(run.record, epochs=tuple(rows)))

    return change


def change_weight(run: RunFiles) -> RunFiles:
    """Change the last bit of one weight."""
    arrays = {name: array.copy() for name, array in run.weights.arrays.items()}
    arrays["dense_2.weight"].view(np.uint32)[5, 3] ^= 1
    return attrs.evolve(run, weights=run.weights._replace(arrays=arrays))


def change_setting(run: RunFiles) -> RunFiles:
    """Change the learning rate."""
    settings: dict[str, Any] = dict(run.record.settings)
    settings["optimizer"] = {**settings["optimizer"], "learning_rate": 0.2}
    return attrs.evolve(run, record=attrs.evolve(run.record, settings=settings))


CHANGES: dict[str, tuple[Callable[[RunFiles], RunFiles], dict[str, Any], str]] = {
    "setting": (
        change_setting, {"stage": "settings", "field": "optimizer.learning_rate", "a": 0.1, "b": 0.2}, "settings"
    ),
    "data set": (change_digest("dataset"), {"stage": "dataset", "b": OTHER}, "data"),
    "initial weights": (change_digest("initial_weights"), {"stage": "initial_weights"}, "initial-weights"),
    "epoch": (change_epoch(0, weights=OTHER), {"stage": "epochs", "epoch": 1, "ulp": None}, "weights"),
    "loss": (
        change_epoch(1, test_loss=1.5), {"stage": "history", "epoch": 2, "field": "test_loss", "b": 1.5}, "values"
    ),
    "weight": (
        change_weight, {"stage": "final_weights", "tensor": "dense_2.weight", "index": [5, 3], "ulp": 1}, "one-ulp"
    ),
    "weight and epoch": (
        lambda run: change_epoch(1, weights=OTHER)(change_weight(run)),
        {"stage": "epochs", "epoch": 2, "tensor": "dense_2.weight", "index": [5, 3], "ulp": 1}, "one-ulp",
    ),
    "run": (change_digest("run"), {"stage": "run"}, "digest"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_the_first_difference_is_found(name: str, run: RunFiles) -> None:
    """Stage, place, both values and the kind; the sentence names what agrees before."""
    change, first, kind = CHANGES[name]
    found = compare_runs(run, change(run))
    body = describe_divergence(found)
    assert (body["verdict"], body["kind"]) == ("different", kind)
    assert body["first"].items() >= first.items()
    assert body["sentence"].startswith("The runs differ first in ")
    assert json.loads(json.dumps(body, allow_nan=False)) == body
    assert render_divergence(found).splitlines()[0] == body["sentence"]


def test_floats_are_told_in_decimal_and_hexadecimal(run: RunFiles) -> None:
    """Both spellings are exact."""
    first = describe_divergence(compare_runs(run, change_weight(run)))["first"]
    assert float.fromhex(first["a_hex"]) == first["a"]
    assert float.fromhex(first["b_hex"]) == first["b"]
    assert first["a_hex"] in render_divergence(compare_runs(run, change_weight(run)))


def test_another_number_of_epochs_is_a_difference(run: RunFiles, tmp_path: Path) -> None:
    """A longer run differs in its settings first; the epochs that both have agree."""
    settings = load_config("smoke").settings()
    settings["training"] = {**settings["training"], "epochs": 3}
    write_run(run_training(parse_settings(settings, where="here")), tmp_path / "b")
    found = compare_runs(run, load_run(tmp_path / "b"))
    assert [place.stage for place in found.places][:2] == ["settings", "epochs"]
    assert found.epochs == 2
    assert write_sentence(found) == (
        "The runs differ first in the settings: training.epochs; the results differ first in the number of epochs."
    )


def test_another_profile_is_a_setting_and_the_results_follow(run: RunFiles, tmp_path: Path) -> None:
    """Portable and native runs differ in the profile; where the results differ first is told, too."""
    write_run(run_training(load_config("smoke"), profile="native"), tmp_path / "b")
    sentence = write_sentence(compare_runs(run, load_run(tmp_path / "b")))
    assert sentence.startswith("The runs differ first in the settings: profile; the results differ first in ")


def test_a_run_that_contradicts_itself_shows_nothing(run: RunFiles) -> None:
    """Without a difference, such a run is no proof of equality; with one, the contradiction is a note."""
    forged = attrs.evolve(run, found_checksums={**run.found_checksums, "machine.json": OTHER})
    found = compare_runs(run, forged)
    assert found.verdict == "could-not-judge"
    assert "checksum of machine.json" in found.notes[0]
    assert compare_runs(run, change_weight(forged)).verdict == "different"


def test_changed_weights_are_found_whatever_the_record_says(run: RunFiles, tmp_path: Path) -> None:
    """The arrays themselves are compared: a file with other weights differs, though the records agree."""
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    arrays = dict(change_weight(run).weights.arrays)
    (tmp_path / "b" / WEIGHTS).write_bytes(format_tensors(arrays, digest_arrays(arrays)))
    found = compare_runs(run, load_run(tmp_path / "b"))
    assert found.verdict == "different"
    assert found.first is not None
    assert found.first.tensor == "dense_2.weight"
    assert found.notes


def test_text_of_unknown_origin_is_shown_safely(run: RunFiles) -> None:
    """A tensor with an escape sequence in its name does not reach the terminal as one."""
    arrays = {**run.weights.arrays, "\x1b[31mred\n::error::": np.zeros(1, np.float32)}
    found: Divergence = compare_runs(run, attrs.evolve(run, weights=run.weights._replace(arrays=arrays)))
    text = render_divergence(found)
    assert "\x1b" not in text
    assert not any(line.startswith("::") for line in text.splitlines())
