"""What a new run says about its golden and about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import load_config
from appliance.config.template import write_template
from appliance.training.execute import run_training
from appliance.verification.outcome import compare_with_golden, describe_run, list_notes

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.record import RunRecord


@pytest.fixture(scope="module")
def record() -> RunRecord:
    """Return the record of `smoke`, as `train` gets it."""
    written = run_training(load_config("smoke")).to_file()
    return attrs.evolve(written, run_dir="runs/smoke-1-portable")


def test_first_sentence_is_about_the_golden(record: RunRecord) -> None:
    """A run of a named configuration is equal to its golden, and the last line says what to type."""
    lines = describe_run(record, "smoke").splitlines()
    assert lines[0] == "equal to its golden, bit for bit"
    assert lines[-1] == "next: repro-appliance verify runs/smoke-1-portable"
    assert f"  run {record.digests.run}" in lines


def test_difference_is_said_first(record: RunRecord) -> None:
    """One other digest: different, and the command that finds the place."""
    other = attrs.evolve(record, digests=attrs.evolve(record.digests, predictions="sha256:" + "0" * 64))
    compared = compare_with_golden(other, "smoke")
    assert (compared.verdict, compared.expected) == ("different", record.digests.run)
    sentence = compared.sentence
    assert sentence.startswith("DIFFERENT from its golden")
    assert sentence.endswith("repro-appliance verify smoke")


def test_other_runs_are_not_compared(record: RunRecord, tmp_path: Path) -> None:
    """Another seed, other settings, another profile, no golden: each is said, and nothing is called equal."""
    other = attrs.evolve(record, config_digest="sha256:" + "0" * 64)
    write_template(tmp_path / "mine.toml")
    sentences = [
        compare_with_golden(attrs.evolve(other, seed=2), "smoke"),
        compare_with_golden(other, "smoke", ["training.epochs=3"]),
        compare_with_golden(attrs.evolve(record, profile="native"), "smoke"),
        compare_with_golden(record, str(tmp_path / "mine.toml")),
    ]
    for compared, says in zip(sentences, ("--seed", "--set", "native", "golden record"), strict=True):
        assert says in compared.sentence
        assert "equal" not in compared.sentence
        assert (compared.verdict, compared.expected) == ("could-not-judge", None)


def test_run_that_learned_has_no_note(record: RunRecord) -> None:
    """Also a tiny one, which is only a little better than guessing."""
    assert list_notes(record) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"train_loss": 9e7}, "loss 9e+07 (guessing: 2.3)"),
        ({"test_accuracy": 0.11}, "accuracy 0.11 (guessing: 0.1)"),
        ({"train_loss": 9e7, "test_accuracy": 0.11}, "loss 9e+07 (guessing: 2.3), accuracy 0.11"),
    ],
)
def test_run_that_diverged_says_so(record: RunRecord, changed: dict[str, float], says: str) -> None:
    """A loss above that of guessing, an accuracy of guessing: a note, with what to try."""
    epochs = (*record.epochs[:-1], attrs.evolve(record.epochs[-1], **changed))  # type: ignore[arg-type]
    (note,) = list_notes(attrs.evolve(record, epochs=epochs))
    assert says in note
    assert "smaller learning_rate" in note


def test_number_of_classes_comes_from_the_last_layer(record: RunRecord) -> None:
    """Layers as tables have it, too; without a dense layer there is no guess."""
    low = attrs.evolve(record, epochs=(attrs.evolve(record.epochs[-1], train_loss=1.0, test_accuracy=0.3),))
    two: list[object] = [{"kind": "dense", "units": 4}, {"kind": "dense", "units": 2}, {"kind": "relu"}]
    settings = {**record.settings, "model": {"layers": two}}
    assert "guessing: 0.5" in list_notes(attrs.evolve(low, settings=settings))[0]  # type: ignore[arg-type]
    assert list_notes(attrs.evolve(low, settings={"model": {"layers": [{"kind": "relu"}]}})) == []
