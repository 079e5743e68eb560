"""Reading a run back: what was written, or one error that names the contradiction."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from safetensors.numpy import save

from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.runs.read_back import read_run
from appliance.training.execute import run_training
from support.edits import swap
from verify.digests import digest_arrays, digest_json
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.fingerprint import FINGERPRINT
from verify.files.history import HISTORY, format_history
from verify.files.machine import MACHINE, MACHINE_NAME
from verify.files.record import RECORD, GoldenComparison, HostCertificate, digest_history, digest_run
from verify.files.run import FINGERPRINT_NAME, LIMITS, RECORD_NAME
from verify.files.settings import CONFIG_NAME
from verify.files.weights import PREDICTIONS, WEIGHTS, format_tensors
from verify.judging.runs import judge_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.training.record import Record
    from verify.files.record import RunRecord


@pytest.fixture(scope="module")
def record() -> Record:
    """Return the record of one smoke run."""
    return run_training(load_config("smoke"))


@pytest.fixture
def place(tmp_path: Path, record: Record) -> Path:
    """Return a directory with that run."""
    write_run(record, tmp_path / "run")
    return tmp_path / "run"


def sum_again(place: Path) -> None:
    """Write checksums that fit the changed files."""
    files = {name: (place / name).read_bytes() for name in LIMITS}
    (place / CHECKSUMS).write_text(format_checksums(sum_files(files)))


def change_record(place: Path, change: Callable[[RunRecord], RunRecord]) -> None:
    """Change the record and make the checksums fit."""
    path = place / RECORD_NAME
    path.write_text(RECORD.format(change(RECORD.read(path))))
    sum_again(place)


def test_a_run_is_read_back_as_it_was(place: Path, record: Record) -> None:
    """Configuration, record, weights and fingerprint are those of the run in memory."""
    run = read_run(place)
    assert run.config == record.config
    assert run.record == record.to_file().drop_circumstances()
    assert run.fingerprint == record.fingerprint
    assert set(run.parameters) == set(record.parameters)
    for name, array in run.parameters.items():
        assert array.dtype.newbyteorder("=") == record.parameters[name].dtype
        assert np.array_equal(array, record.parameters[name])
    assert set(run.predictions) == {"classes", "logits"}
    assert all(np.array_equal(run.predictions[name], array) for name, array in record.predictions.items())


def test_a_run_with_the_version_in_its_record_is_read_back(place: Path) -> None:
    """Earlier versions wrote `program` to record.json and not to machine.json."""
    change_record(place, lambda r: attrs.evolve(r, program="0.0.9"))
    machine = json.loads((place / MACHINE_NAME).read_text())
    del machine["program"]
    (place / MACHINE_NAME).write_text(json.dumps(machine))
    sum_again(place)
    assert read_run(place).record.program == "0.0.9"
    assert judge_run(place).verdict == "identical"


@pytest.mark.parametrize("profile", ["portable", "native"])
@pytest.mark.parametrize("config", ["smoke", "smoke-f64"])
def test_every_profile_and_precision_is_read_back(config: str, profile: str, tmp_path: Path) -> None:
    """Runs of both precisions, in portable and in native arithmetic, contradict themselves nowhere."""
    write_run(run_training(load_config(config), profile=profile), tmp_path / "run")
    assert read_run(tmp_path / "run").record.profile == profile


@pytest.mark.parametrize("name", [*LIMITS, CHECKSUMS])
def test_a_missing_file_is_named(name: str, place: Path) -> None:
    """A run without one of its files is not read."""
    (place / name).unlink()
    with pytest.raises(CouldNotJudgeError, match="not a run") as caught:
        read_run(place)
    assert f"missing: {name}" in str(caught.value.found)


@pytest.mark.parametrize("name", [*LIMITS, CHECKSUMS])
def test_a_changed_byte_is_found(name: str, place: Path) -> None:
    """One flipped bit in any file is an error that names the file."""
    data = bytearray((place / name).read_bytes())
    data[len(data) // 2] ^= 1
    (place / name).write_bytes(data)
    with pytest.raises(CouldNotJudgeError) as caught:
        read_run(place)
    assert name in str(caught.value.where) or name == CHECKSUMS


def test_a_file_that_is_no_part_of_a_run_is_named(place: Path) -> None:
    """Something else in the directory is not passed over."""
    (place / "notes.txt").write_text("mine")
    with pytest.raises(CouldNotJudgeError, match=r"notes\.txt"):
        read_run(place)


@pytest.mark.parametrize("path", ["none", "run/record.json"])
def test_what_is_no_directory_is_a_usage_error(path: str, place: Path) -> None:
    """A missing directory and a file are the caller's mistakes."""
    with pytest.raises(UsageError, match="cannot be read"):
        read_run(place.parent / path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_a_pipe_in_a_run_does_not_stop_the_reader(place: Path) -> None:
    """A run with a pipe as its record is an error; the reader does not wait."""
    (place / RECORD_NAME).unlink()
    os.mkfifo(place / RECORD_NAME)
    with pytest.raises(CouldNotJudgeError, match="not a regular file"):
        read_run(place)


CHANGES: dict[str, Callable[[RunRecord], RunRecord]] = {
    "digest of the settings": lambda r: attrs.evolve(r, settings={**r.settings, "seed": 5}),
    "seed and the settings": lambda r: attrs.evolve(r, seed=5),
    "precision and the settings": lambda r: attrs.evolve(r, precision="f64"),
    "config and the settings": lambda r: attrs.evolve(r, config="other"),
    "history.jsonl and the epochs": lambda r: attrs.evolve(
        r, epochs=(attrs.evolve(r.epochs[0], train_loss=0.5), *r.epochs[1:])
    ),
    "numbers of the epochs": lambda r: attrs.evolve(r, epochs=r.epochs[1:]),
    "digest of the history": lambda r: attrs.evolve(r, digests=attrs.evolve(r.digests, history=r.digests.run)),
    "final weights": lambda r: attrs.evolve(r, digests=attrs.evolve(r.digests, final_weights=r.digests.run)),
    "digest of the run": lambda r: attrs.evolve(r, digests=attrs.evolve(r.digests, dataset=r.digests.run)),
    "digest of predictions": lambda r: attrs.evolve(r, digests=attrs.evolve(r.digests, predictions=r.digests.run)),
    "metric test_loss": lambda r: attrs.evolve(r, metrics={**r.metrics, "test_loss": 0.5}),
    "metric test_accuracy": lambda r: attrs.evolve(r, metrics={**r.metrics, "test_accuracy": 0.999}),
    "metric other": lambda r: attrs.evolve(r, metrics={**r.metrics, "other": 0.999}),
    "timing": lambda r: attrs.evolve(r, timing={"seconds": 1.0}),
    "run_dir": lambda r: attrs.evolve(r, run_dir="runs/mine"),
    "certificate": lambda r: attrs.evolve(r, certificate=HostCertificate(tier="portable", id="x")),
    "golden": lambda r: attrs.evolve(r, golden=GoldenComparison(verdict="identical", sentence="equal")),
    "sample dense_1.bias[0]": lambda r: attrs.evolve(
        r,
        samples={
            **r.samples,
            "dense_1.bias": (attrs.evolve(r.samples["dense_1.bias"][0], value="0x1.8p+0"),),
        },
    ),
    "sample dense_1.bias[99]": lambda r: attrs.evolve(
        r,
        samples={**r.samples, "dense_1.bias": (attrs.evolve(r.samples["dense_1.bias"][0], index=(99,)),)},
    ),
    "names of the sampled tensors": lambda r: attrs.evolve(r, samples={"dense_1.bias": r.samples["dense_1.bias"]}),
}


@pytest.mark.parametrize("subject", CHANGES)
def test_a_record_that_contradicts_the_files_is_named(subject: str, place: Path) -> None:
    """A change that keeps every checksum right is found where the record contradicts itself or the other files."""
    change_record(place, CHANGES[subject])
    with pytest.raises(CouldNotJudgeError, match="contradicts itself") as caught:
        read_run(place)
    assert subject in str(caught.value.where)


def test_other_weights_are_found(place: Path, record: Record) -> None:
    """One weight with another last bit, with checksums and metadata that fit, does not have the record's digest."""
    weights = {name: array.copy() for name, array in record.parameters.items()}
    weights["dense_1.weight"].view(np.uint32)[3, 3] ^= 1
    (place / WEIGHTS).write_bytes(save(weights, metadata={"digest": digest_arrays(weights)}))
    sum_again(place)
    with pytest.raises(CouldNotJudgeError, match="contradicts itself") as caught:
        read_run(place)
    assert "digest of weights.safetensors" in str(caught.value.where)


def test_weights_that_are_not_finite_are_found(place: Path, record: Record) -> None:
    """NaN has no digest, which is a contradiction and no traceback."""
    weights = {name: array.copy() for name, array in record.parameters.items()}
    weights["dense_1.weight"][0, 0] = np.nan
    (place / WEIGHTS).write_bytes(save(weights, metadata={"digest": record.digests["final_weights"]}))
    sum_again(place)
    with pytest.raises(CouldNotJudgeError, match="contradicts itself"):
        read_run(place)


def test_other_predictions_are_found(place: Path, record: Record) -> None:
    """A class that is not that of the largest logit is found, also with digests and checksums that fit."""
    predictions = {name: array.copy() for name, array in record.predictions.items()}
    predictions["classes"][3] ^= 1
    digest = digest_arrays(predictions)
    (place / PREDICTIONS).write_bytes(format_tensors(predictions, digest))

    def claim(r: RunRecord) -> RunRecord:
        digests = attrs.evolve(r.digests, predictions=digest)
        parts = attrs.asdict(digests)
        return attrs.evolve(r, digests=attrs.evolve(digests, run=digest_run(r.bits, r.config_digest, parts)))

    change_record(place, claim)
    with pytest.raises(CouldNotJudgeError, match="contradicts itself") as caught:
        read_run(place)
    assert "the class of test sample 3" in str(caught.value.where)


def test_an_accuracy_that_no_number_of_samples_gives_is_found(place: Path) -> None:
    """0.999 of 64 samples is no accuracy, even where record, history, digests and checksums all say it."""

    def claim(r: RunRecord) -> RunRecord:
        epochs = (*r.epochs[:-1], attrs.evolve(r.epochs[-1], test_accuracy=0.999))
        digests = attrs.evolve(r.digests, history=digest_history(epochs))
        parts = attrs.asdict(digests)
        digests = attrs.evolve(digests, run=digest_run(r.bits, r.config_digest, parts))
        return attrs.evolve(r, epochs=epochs, digests=digests, metrics={**r.metrics, "test_accuracy": 0.999})

    change_record(place, claim)
    (place / HISTORY).write_text(format_history(RECORD.read(place / RECORD_NAME).epochs))
    sum_again(place)
    with pytest.raises(CouldNotJudgeError, match="contradicts itself") as caught:
        read_run(place)
    assert "test_accuracy of epoch 2" in str(caught.value.where)


def test_another_configuration_is_found(place: Path) -> None:
    """config.toml must be the text of the record's settings; the line that differs is named."""
    path = place / CONFIG_NAME
    path.write_text(swap(path.read_text(), "epochs = 2", "epochs = 3"))
    sum_again(place)
    with pytest.raises(CouldNotJudgeError, match="contradicts itself") as caught:
        read_run(place)
    assert str(caught.value.where).endswith(CONFIG_NAME)
    assert "epochs = 3" in str(caught.value.found)


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_what_is_no_regular_file_is_refused(kind: str, place: Path) -> None:
    """A link to a good copy, and a directory, are not files of a run."""
    path = place / HISTORY
    path.rename(place.parent / "copy")
    if kind == "link":
        path.symlink_to(place.parent / "copy")
    else:
        path.mkdir()
    with pytest.raises(CouldNotJudgeError, match="not a regular file") as caught:
        read_run(place)
    assert kind in str(caught.value.found)


def test_another_history_is_found(place: Path) -> None:
    """A history with another loss contradicts the record."""
    rows = RECORD.read(place / RECORD_NAME).epochs
    (place / HISTORY).write_text(format_history((attrs.evolve(rows[0], test_loss=1.5), *rows[1:])))
    sum_again(place)
    with pytest.raises(CouldNotJudgeError, match="contradicts itself"):
        read_run(place)


def test_another_machine_is_found(place: Path, record: Record) -> None:
    """A fingerprint of another kernel with the old class contradicts itself."""
    other = attrs.evolve(record.fingerprint, compared={**record.fingerprint.compared, "blas.kernel": "Z14"})
    (place / FINGERPRINT_NAME).write_text(FINGERPRINT.format(other))
    sum_again(place)
    with pytest.raises(CouldNotJudgeError, match="contradicts itself") as caught:
        read_run(place)
    assert "class of the fingerprint" in str(caught.value.where)


def test_settings_of_another_version_are_named(place: Path) -> None:
    """A record with settings that this version does not know is not taken for a run of this version."""

    def add_setting(r: RunRecord) -> RunRecord:
        settings = {**r.settings, "colour": "red"}
        return attrs.evolve(r, settings=settings, config_digest=digest_json(settings))

    change_record(place, add_setting)
    with pytest.raises(CouldNotJudgeError):
        read_run(place)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_directory_with_any_name_is_read_back(tmp_path: Path, record: Record) -> None:
    """A path that is not UTF-8 is written with a question mark, so that the file stays readable."""
    place = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xe9sum\xe9"))
    write_run(record, place)
    read_run(place)
    assert MACHINE.read(place / MACHINE_NAME).run_dir == str(tmp_path / "r\ufffdsum\ufffd")
    shutil.rmtree(place)
