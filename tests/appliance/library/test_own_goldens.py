"""Goldens of runs that a program makes: what is said when they agree, differ, or cannot be judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance import load_config, train
from appliance.library.goldens import golden, record_golden
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.training.record import Record


@pytest.fixture(scope="module")
def record() -> Record:
    """Return the record of a small run."""
    return train("smoke")


def test_a_run_equals_the_golden_made_of_it(record: Record, tmp_path: Path) -> None:
    """Also when it is made again."""
    path = record_golden(record, tmp_path / "new")
    found = golden(train("smoke"), tmp_path / "new")
    assert (found.verdict, found.exit_code, found.path) == ("identical", 0, path)
    assert str(found) == "smoke equals its golden, bit for bit"


def test_the_first_difference_is_in_the_sentence(record: Record, tmp_path: Path) -> None:
    """Another learning rate is a difference of settings, other bits one of weights."""
    record_golden(record, tmp_path)
    config = load_config("smoke")
    other = attrs.evolve(config, optimizer=attrs.evolve(config.optimizer, learning_rate=0.25))
    found = golden(train(other), tmp_path)
    assert (found.verdict, found.exit_code) == ("different", 1)
    assert found.sentence.startswith("smoke is DIFFERENT from its golden: settings differ, first at ")
    assert "optimizer.learning_rate" in found.sentence
    row = attrs.evolve(record.epochs[0], weights="sha256:" + "0" * 64)
    changed = golden(attrs.evolve(record, epochs=(row, *record.epochs[1:])), tmp_path)
    assert "weights by epoch differ, first at epoch 1, weights: expected sha256:" in changed.sentence


def test_without_a_golden_nothing_is_judged(record: Record, tmp_path: Path) -> None:
    """A missing one and a damaged one."""
    missing = golden(record, tmp_path)
    assert (missing.verdict, missing.exit_code) == ("could-not-judge", 3)
    assert "to make it: appliance.record_golden(record)" in missing.sentence
    path = record_golden(record, tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "seed": 5}), encoding="utf-8")
    assert golden(record, tmp_path).verdict == "could-not-judge"
    assert "changed after it was recorded" in golden(record, tmp_path).sentence


def test_another_profile_is_not_judged(record: Record, tmp_path: Path) -> None:
    """The golden expects a portable run."""
    record_golden(record, tmp_path)
    found = golden(train("smoke", profile="native"), tmp_path)
    assert found.verdict == "could-not-judge"
    assert "profile" in found.sentence


def test_recording_is_a_decision(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is overwritten unasked, and nothing is written when CI is set."""
    path = record_golden(record, tmp_path)
    with pytest.raises(UsageError, match="exists already"):
        record_golden(record, tmp_path)
    record_golden(record, tmp_path, replace=True)
    path.unlink()
    monkeypatch.setenv("CI", "1")
    with pytest.raises(UsageError, match="never written in continuous integration"):
        record_golden(record, tmp_path)
    assert not path.exists()
