"""The command `predict`: answers, files, and one error with its exit code for every mistake."""

from __future__ import annotations

import csv
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance import read_run
from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from support.edits import swap
from support.own_data import FEATURES, SPLIT, write_config, write_table
from verify.errors import UsageError
from verify.files.record import RECORD
from verify.files.run import RECORD_NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COLUMNS = [{"name": "x*"}, {"name": "y", "type": "integer", "role": "target"}]
CSV: dict[str, Any] = {
    "source": "csv",
    "csv": {"path": "mine.csv", "columns": COLUMNS},
    "split": SPLIT,
    "standardize": "feature",
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run directory of a training on a standardised table."""
    folder = tmp_path_factory.mktemp("tables")
    write_table(folder / "mine.csv")
    config = load_config(str(write_config(folder / "mine.toml", CSV)))
    write_run(run_training(config), folder / "run")
    return folder / "run"


def test_own_test_samples_have_the_recorded_predictions(
    call: Callable[..., int], smoke_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The digest is that of the run directory, and the text says so."""
    assert call("predict", smoke_run, "synthetic", "--json") == 0
    body = json.loads(capsys.readouterr().out)
    run = read_run(smoke_run)
    assert body["schema"] == "repro-appliance/predict/1"
    assert body["digests"]["predictions"] == run.record.digests.predictions
    assert body["equals_test_predictions"] is True
    assert body["classes"] == run.predictions["classes"].tolist()
    assert (body["samples"]["count"], body["run"]) == (64, run.record.digests.run)
    assert call("predict", smoke_run, "synthetic") == 0
    text = capsys.readouterr().out
    assert "They equal the run's own predictions of its test samples." in text
    assert "and 54 more" in text


def test_files_of_predictions(call: Callable[..., int], smoke_run: Path, tmp_path: Path) -> None:
    """A file npy has the classes, npz the arrays of a run directory, csv both; equal predictions give equal files."""
    known = read_run(smoke_run).predictions
    for name in ("a.npy", "a.npz", "a.csv"):
        assert call("predict", smoke_run, "synthetic", "--out", tmp_path / name) == 0
        first = (tmp_path / name).read_bytes()
        assert call("predict", smoke_run, "synthetic", "-o", tmp_path / name) == 0
        assert (tmp_path / name).read_bytes() == first
    assert np.load(tmp_path / "a.npy").tolist() == known["classes"].tolist()
    with np.load(tmp_path / "a.npz") as arrays:
        assert {name: arrays[name].tobytes() for name in arrays} == {name: known[name].tobytes() for name in known}
    with (tmp_path / "a.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["class"]) for row in rows] == known["classes"].tolist()
    outputs = np.array([[row[f"output_{place}"] for place in range(10)] for row in rows], dtype=np.float32)
    assert outputs.tobytes() == known["logits"].tobytes()


def test_new_table_is_standardised_with_the_training(
    call: Callable[..., int], table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sample has the same class in a table of its own, from Python, and with shifted others beside it."""
    np.save(tmp_path / "x.npy", FEATURES)
    assert call("predict", table, tmp_path / "x.npy", "--json") == 0
    classes = json.loads(capsys.readouterr().out)["classes"]
    write_table(tmp_path / "new.csv", np.concatenate([FEATURES[:5], FEATURES[5:] + np.float32(9)]))
    assert call("predict", table, tmp_path / "new.csv", "--json") == 0
    assert json.loads(capsys.readouterr().out)["classes"][:5] == classes[:5]
    run = read_run(table)
    assert run.predict(FEATURES).tolist() == classes
    assert run.outputs(FEATURES[:1]).shape == (1, 3)


def test_names_of_classes_are_shown(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target of texts is predicted as a text."""
    columns = [{"name": "x*"}, {"name": "y", "type": "category", "role": "target"}]
    data = {**CSV, "csv": {"path": "mine.csv", "columns": columns}}
    words = np.array(["cat", "dog", "owl"])[np.arange(60) % 3]
    write_table(tmp_path / "mine.csv", labels=words)
    write_run(run_training(load_config(str(write_config(tmp_path / "mine.toml", data)))), tmp_path / "run")
    assert call("predict", tmp_path / "run", tmp_path / "mine.csv", "-o", tmp_path / "found.csv", "--json") == 0
    body = json.loads(capsys.readouterr().out)
    assert body["class_names"] == ["cat", "dog", "owl"]
    with (tmp_path / "found.csv").open(encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == [body["class_names"][number] for number in body["classes"]]
    assert call("predict", tmp_path / "run", tmp_path / "mine.csv") == 0
    assert names[0] in capsys.readouterr().out


def test_record_says_what_a_sample_is(smoke_run: Path, table: Path) -> None:
    """Shape, type and classes always; means and deviations, exact, where there are any."""
    body = json.loads((smoke_run / RECORD_NAME).read_text(encoding="utf-8"))
    assert body["inputs"] == {"shape": [28, 28], "dtype": "uint8", "classes": 10, "targets": 0}
    inputs = read_run(table).record.inputs
    assert inputs is not None
    assert inputs.scale is not None
    column = FEATURES[:, 0].astype(np.float64)
    assert abs(float.fromhex(inputs.scale.means[0]) - column.mean()) < column.std()


def test_run_of_an_earlier_version_is_read_and_cannot_predict(smoke_run: Path) -> None:
    """Its record has no inputs; everything else is as before."""
    run = read_run(smoke_run)
    old = attrs.evolve(run, record=attrs.evolve(run.record, inputs=None))
    assert "inputs" not in RECORD.to_json(old.record)
    assert RECORD.parse_text(RECORD.format(old.record).encode(), smoke_run) == old.record
    with pytest.raises(UsageError, match="does not say what a sample is"):
        old.predict(np.zeros((1, 28, 28), np.uint8))


@pytest.mark.parametrize(
    ("words", "title", "code"),
    [
        (["nowhere", "synthetic"], "a run directory cannot be read", 2),
        (["{run}", "nowhere"], "there are no such samples", 2),
        (["{run}", "regression"], "these samples are others than those of the training", 2),
        (["{run}", "synthetic", "-o", "x.txt"], "the file of predictions has an unknown form", 2),
        (["{run}", "synthetic", "-o", "no/such/x.npy"], "the file of predictions cannot be written", 2),
        (["{changed}", "synthetic"], "a run contradicts itself", 3),
    ],
    ids=["run", "data", "shape", "form", "place", "changed"],
)
def test_mistakes_are_errors(
    call: Callable[..., int],
    smoke_run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    title: str,
    code: int,
) -> None:
    """One error with its exit code, and nothing is written."""
    shutil.copytree(smoke_run, tmp_path / "changed")
    text = (smoke_run / RECORD_NAME).read_text(encoding="utf-8")
    (tmp_path / "changed" / RECORD_NAME).write_text(swap(text, '"seed": 1', '"seed": 2'), encoding="utf-8")
    places = {"{run}": smoke_run, "{changed}": tmp_path / "changed"}
    assert call("predict", *(places.get(word, word) for word in words), "--json") == code
    assert json.loads(capsys.readouterr().out)["error"]["title"] == title


def test_inputs_that_contradict_themselves_are_refused(smoke_run: Path) -> None:
    """More means than deviations, or neither classes nor targets."""
    text = (smoke_run / RECORD_NAME).read_text(encoding="utf-8")
    body = json.loads(text)
    for inputs in (
        {**body["inputs"], "classes": 0},
        {**body["inputs"], "scale": {"means": ["0x1.0p+0"], "deviations": []}},
        {**body["inputs"], "dtype": "float16"},
    ):
        with pytest.raises(Exception, match="inputs"):
            RECORD.parse_text(json.dumps({**body, "inputs": inputs}).encode(), smoke_run)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.parametrize(
    "name", ["pipe.csv", "pipe.npy", "pipe.png", "pipe", "/dev/zero", "\0", "a" * 5000, "", ".", "-"]
)
def test_odd_data_is_refused(
    call: Callable[..., int],
    smoke_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """Pipes and devices are not waited for; every odd name is one error."""
    monkeypatch.chdir(tmp_path)
    for pipe in ("pipe", "pipe.csv", "pipe.npy", "pipe.png"):
        os.mkfifo(pipe)
    assert call("predict", smoke_run, name, "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "internal" not in error["title"]
