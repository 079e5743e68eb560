"""Judging a run directory: files, record, golden, each with its own answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from support.edits import swap
from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.history import HISTORY, format_history
from verify.files.record import RECORD, digest_history, digest_run
from verify.files.run import LIMITS, RECORD_NAME
from verify.judging.runs import judge_run
from verify.rendering.report import report_verification
from verify.rendering.text import render_text

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.training.record import Record
    from verify.results import Judgement


@pytest.fixture(scope="module")
def record() -> Record:
    """Return the record of one smoke run."""
    return run_training(load_config("smoke"))


@pytest.fixture
def place(tmp_path: Path, record: Record) -> Path:
    """Return a directory with that run."""
    write_run(record, tmp_path / "run")
    return tmp_path / "run"


def list_troubles(judgement: Judgement) -> list[tuple[str, str]]:
    """Return id and status of every result that is not a pass."""
    return [(result.id, result.status) for result in judgement.results if result.status != "pass"]


def test_a_sound_run_is_identical(place: Path, record: Record) -> None:
    """Every check of the directory and of the golden passes, and both digests are shown."""
    judgement = judge_run(place)
    assert judgement.verdict == "identical"
    assert {"J001", "J002", "J003", "J004", "V001", "V009"} <= {result.id for result in judgement.results}
    assert judgement.expected == judgement.found == record.digests["run"]
    assert judgement.here
    assert judgement.made_with


def test_run_without_a_file_could_not_be_judged(place: Path) -> None:
    """Half a run cannot be judged."""
    (place / "history.jsonl").unlink()
    judgement = judge_run(place)
    assert list_troubles(judgement) == [("J001", "could-not-judge")]
    assert judgement.verdict == "could-not-judge"


def test_a_file_that_was_changed_is_a_doubt(place: Path) -> None:
    """A change that leaves the form sound does not have its checksum; nothing is compared with a golden then."""
    path = place / "fingerprint.json"
    path.write_bytes(swap(path.read_bytes(), b'"time_zone": "', b'"time_zone": "X'))
    judgement = judge_run(place)
    assert list_troubles(judgement) == [("J002", "could-not-judge")]
    assert "checksum of fingerprint.json" in str(judgement.results[1].where)
    assert judgement.verdict == "could-not-judge"
    assert len(judgement.results) == 3


def test_a_record_that_claims_other_digests_is_a_doubt(place: Path) -> None:
    """A golden's digests written over another history do not pass, even if the checksums fit."""
    path = place / RECORD_NAME
    record = RECORD.read(path)
    epochs = (attrs.evolve(record.epochs[0], train_loss=0.5), *record.epochs[1:])
    path.write_text(RECORD.format(attrs.evolve(record, epochs=epochs)))
    sums = sum_files({name: (place / name).read_bytes() for name in LIMITS})
    (place / CHECKSUMS).write_text(format_checksums(sums))
    judgement = judge_run(place)
    assert list_troubles(judgement) == [("J003", "could-not-judge")]
    assert judgement.verdict == "could-not-judge"


def test_an_accuracy_beyond_all_numbers_is_a_doubt(place: Path) -> None:
    """Found by random damage: an accuracy that becomes infinite when it is multiplied ended in a traceback."""
    record = RECORD.read(place / RECORD_NAME)
    epochs = (*record.epochs[:-1], attrs.evolve(record.epochs[-1], test_accuracy=1e308))
    (place / HISTORY).write_text(format_history(epochs))
    assert list_troubles(judge_run(place)) == [("J002", "could-not-judge"), ("J003", "could-not-judge")]


def test_the_verdict_is_in_words_about_runs(place: Path) -> None:
    """A run may have no golden, so the last line does not speak of goldens."""
    text = render_text(report_verification([], [judge_run(place)]))
    assert text.splitlines()[-1] == "identical: every run is sound and has the expected results"


def test_run_without_a_golden_could_not_be_judged(place: Path, tmp_path: Path) -> None:
    """A sound directory of an unknown configuration is no success."""
    judgement = judge_run(place, tmp_path / "none")
    assert list_troubles(judgement) == [("J004", "could-not-judge")]
    assert judgement.verdict == "could-not-judge"


def test_another_seed_has_no_golden(tmp_path: Path) -> None:
    """The golden of other settings is none of this run's."""
    write_run(run_training(load_config("smoke", seed=5)), tmp_path / "run")
    assert list_troubles(judge_run(tmp_path / "run")) == [("J004", "could-not-judge")]


def test_missing_directory_could_not_be_judged(tmp_path: Path) -> None:
    """One of many paths that cannot be read does not end the others."""
    assert list_troubles(judge_run(tmp_path / "none")) == [("J001", "could-not-judge")]


def test_a_consistent_lie_differs_from_the_golden(place: Path) -> None:
    """Where record, history, digests and checksums all state another accuracy, the golden says that it is another."""
    record = RECORD.read(place / RECORD_NAME)
    accuracy = record.metrics["test_accuracy"] + 1 / 64
    epochs = (*record.epochs[:-1], attrs.evolve(record.epochs[-1], test_accuracy=accuracy))
    digests = attrs.evolve(record.digests, history=digest_history(epochs))
    digests = attrs.evolve(digests, run=digest_run(record.bits, record.config_digest, attrs.asdict(digests)))
    metrics = {**record.metrics, "test_accuracy": accuracy}
    forged = attrs.evolve(record, epochs=epochs, digests=digests, metrics=metrics)
    (place / RECORD_NAME).write_text(RECORD.format(forged))
    (place / HISTORY).write_text(format_history(epochs))
    sums = sum_files({name: (place / name).read_bytes() for name in LIMITS})
    (place / CHECKSUMS).write_text(format_checksums(sums))
    judgement = judge_run(place)
    assert list_troubles(judgement) == [("V006", "fail"), ("V009", "fail"), ("V012", "fail")]
    assert judgement.verdict == "different"
