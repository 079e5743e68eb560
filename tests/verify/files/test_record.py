"""The run record: strict, repeatable, with the digests that follow from it."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from appliance.config import load_config
from appliance.training.execute import run_training
from support.specimens import change, make_record, parse_record, remove
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.record import PROFILES, RECORD, STAGES, GoldenComparison, digest_history, digest_run, parse_profile


def test_a_record_survives_its_file() -> None:
    """What is written reads back the same, floats bit for bit."""
    record = parse_record(make_record())
    assert RECORD.parse_text(RECORD.format(record), "here") == record
    assert json.loads(RECORD.format(record)) == make_record()


def test_record_json_holds_no_time_no_place_and_no_program() -> None:
    """What `train --json` prints beside the results is dropped from the file, and only that."""
    record = parse_record({**make_record(), "certificate": {"tier": "portable", "id": "x"}, "program": "0.1.0"})
    record = attrs.evolve(record, golden=GoldenComparison(verdict="could-not-judge", sentence="no golden"))
    printed, written = RECORD.to_json(record), RECORD.to_json(record.drop_circumstances())
    assert set(printed) - set(written) == {"timing", "run_dir", "certificate", "program", "golden"}
    assert all(printed[key] == value for key, value in written.items())


@pytest.mark.parametrize("key", sorted(set(make_record()) - {"run_dir", "schema", "timing"}))
def test_incomplete_record_is_refused(key: str) -> None:
    """A record that lacks a key could not be judged; the key is named."""
    with pytest.raises(CouldNotJudgeError, match="a record is not valid") as caught:
        parse_record(remove(make_record(), key))
    assert f"{key}: the key is missing" in str(caught.value.found)


@pytest.mark.parametrize("stage", STAGES)
def test_record_without_a_digest_is_refused(stage: str) -> None:
    """A digest that is not there is not taken as equal to anything."""
    record = make_record()
    del record["digests"][stage]
    with pytest.raises(CouldNotJudgeError, match="a record is not valid"):
        parse_record(record)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "repro-appliance/run/2"),
        ("schema", None),
        ("seed", -1),
        ("seed", "7"),
        ("profile", "fast"),
        ("precision", "f16"),
        ("epochs", []),
        ("epochs.0.train_loss", None),
        ("epochs.0.train_loss", 1),
        ("epochs.0.weights", "sha256:"),
        ("metrics", {}),
        ("metrics.test_loss", "0.5"),
        ("samples", {}),
        ("settings", []),
        ("timing.seconds", 1),
        ("run_dir", 3),
        ("more", 1),
    ],
)
def test_malformed_record_is_refused(path: str, value: object) -> None:
    """Another type, an empty list, an unknown key: the reader is as strict as the writer."""
    with pytest.raises(CouldNotJudgeError, match="a record"):
        parse_record(change(make_record(), path, value))


def test_a_record_that_could_not_be_read_back_is_not_written() -> None:
    """NaN in a metric has no JSON."""
    record: Any = make_record()
    record["metrics"]["test_loss"] = float("nan")
    with pytest.raises(CouldNotJudgeError, match="a record is not valid"):
        parse_record(record)


def test_digests_follow_from_a_real_run() -> None:
    """History and run digest computed from the file are those that training computed."""
    record = run_training(load_config("smoke"))
    written = record.to_file()
    digests = RECORD.to_json(written)["digests"]
    assert isinstance(digests, dict)
    assert digest_history(written.epochs) == record.digests["history"]
    assert digest_run(written.bits, written.config_digest, record.digests) == record.digests["run"]


def test_profiles_have_names() -> None:
    """A known name is a profile, another one is a mistake of the caller."""
    assert [parse_profile(name) for name in PROFILES] == list(PROFILES)
    with pytest.raises(UsageError, match="no such profile"):
        parse_profile("fast")
