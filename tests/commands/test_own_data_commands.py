"""Commands with data of one's own: checked, trained, verified, and every mistake one error with exit code 2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.streams import draw_words
from support.own_data import FEATURES, LABELS, SPLIT, write_config, write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

COLUMNS = [{"name": "x*"}, {"name": "y", "type": "integer", "role": "target"}]
CSV: dict[str, Any] = {"source": "csv", "csv": {"path": "mine.csv", "columns": COLUMNS}, "split": SPLIT}

TOKENS = (draw_words(60 * 12, 6, "tokens") % np.uint64(1001)).astype(np.int64).reshape(60, 12)


def test_check_tells_what_can_be_declared(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`data check mine.toml` prints shape, counts and digest, which pass when they are declared."""
    write_table(tmp_path / "mine.csv")
    config = write_config(tmp_path / "mine.toml", CSV)
    assert call("data", "check", config) == 0
    text = capsys.readouterr().out
    assert "training 45, test 15, samples of shape [6], 3 classes" in text
    assert call("data", "check", config, "--json") == 0
    body = json.loads(capsys.readouterr().out)
    found = body["dataset"]
    assert f"digest {found['digest']}" in text
    names = ("digest", "train_samples", "test_samples", "sample_shape", "classes")
    declared = write_config(tmp_path / "declared.toml", {**CSV, "controls": {name: found[name] for name in names}})
    assert call("data", "check", declared) == 0
    capsys.readouterr()
    write_table(tmp_path / "mine.csv", FEATURES + np.float32(1))
    assert call("data", "check", declared, "--json") == 2
    body = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in body["checks"] if row["status"] != "pass"] == ["D014"]


def test_check_of_other_data_by_configuration(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration of generated data is checked as the source is, with what is declared."""
    data = {"source": "regression", "train_samples": 50, "test_samples": 20, "controls": {"targets": 2}}
    assert call("data", "check", write_config(tmp_path / "a.toml", data), "--json") == 2
    error = json.loads(capsys.readouterr().out)
    assert "D013" in json.dumps(error)
    data["controls"] = {"targets": 1}
    assert call("data", "check", write_config(tmp_path / "b.toml", data)) == 0
    assert "1 targets" in capsys.readouterr().out


def test_kinds_of_files_are_listed(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`data list` has a row for each kind of one's own files; they are checked by their configuration only."""
    assert call("data", "list", "--data-dir", tmp_path) == 0
    assert capsys.readouterr().out.count("your files") == 3
    assert call("data", "check", "csv", "--data-dir", tmp_path) == 2
    assert "repro-appliance data check mine.toml" in capsys.readouterr().err


def test_training_on_a_table(call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run on one's own table has the digest that `data check` tells, wherever the files lie."""
    write_table(tmp_path / "mine.csv")
    config = write_config(tmp_path / "mine.toml", CSV)
    assert call("data", "check", config, "--json") == 0
    digest = json.loads(capsys.readouterr().out)["dataset"]["digest"]
    digests = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        moved = tmp_path / folder / "mine.toml"
        moved.write_bytes(config.read_bytes())
        arguments = ["--data-dir", tmp_path, "--out", tmp_path / folder / "run", "--json"]
        assert call("train", moved, *arguments) == 0
        digests.append(json.loads(capsys.readouterr().out)["digests"])
    assert digests[0] == digests[1]
    assert digests[0]["dataset"] == digest


SCALED = {"standardize": "feature", "standardize_targets": True}
EMBEDDING = ({"kind": "embedding", "entries": 1001, "units": 4}, {"kind": "mean_positions"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("features", "labels", "data", "network"),
    [
        (TOKENS, LABELS, {"read_as": "tokens"}, {"first": EMBEDDING}),
        (TOKENS % 100, LABELS, {"read_as": "tokens"}, {"first": EMBEDDING}),
        (FEATURES, LABELS * 150, {"classes": 301}, {"outputs": 301}),
        (FEATURES, FEATURES[:, :2], SCALED, {"outputs": 2, "loss": "mean-squared-error"}),
        (FEATURES > 0, LABELS, {"standardize": "all"}, {}),
    ],
)
def test_training_on_every_kind_of_samples(
    features: NDArray[Any],
    labels: NDArray[Any],
    data: dict[str, Any],
    network: dict[str, Any],
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Tokens of one byte and of more, many classes, several targets, truth values: trained, with the checked digest."""
    np.savez(tmp_path / "x.npz", x=features, y=labels)
    arrays = {"source": "arrays", "arrays": {"features": "x.npz:x", "labels": "x.npz:y"}, "split": SPLIT}
    config = write_config(tmp_path / "mine.toml", {**arrays, **data}, **network)
    assert call("data", "check", config, "--json") == 0
    digest = json.loads(capsys.readouterr().out)["dataset"]["digest"]
    assert call("train", config, "--out", tmp_path / "run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["digests"]["dataset"] == digest
    assert call("verify", tmp_path / "run", "--retrain", "--data-dir", tmp_path) == 0


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("mine.csv", b"", "a CSV file has no good first line"),
        ("mine.csv", b"x0,y\nnan,1\n", "a field is no finite number"),
        ("mine.csv", b"x0,y\n1,2\n1\n", "a row has another number of fields"),
        ("mine.csv", b"x0,y\n1,one\n", "a field is not of its column's type"),
        ("mine.csv", b"PK\x03\x04\xff", "a CSV file cannot be read"),
        ("other.csv", b"", "a data file is missing"),
    ],
)
def test_malformed_tables_are_one_error(
    name: str,
    content: bytes,
    title: str,
    call: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One error in the form of the house, exit code 2, no traceback; the same for `train` and `data check`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    config = write_config(tmp_path / "mine.toml", CSV)
    for words in (["train", config, "--out", tmp_path / "run"], ["data", "check", config]):
        assert call(*words) == 2
        captured = capsys.readouterr()
        assert title in captured.err
        assert "Traceback" not in captured.err + captured.out
        assert [word for word in ("where", "expected", "found", "try") if f"  {word}" not in captured.err] == []
        assert call(*words, "--json") == 2
        assert json.loads(capsys.readouterr().out)["error"]["title"] == title


def test_malformed_arrays_are_one_error(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A truncated npz, an array of objects, and an array of another name."""
    arrays = {"source": "arrays", "arrays": {"features": "x.npz:x", "labels": "x.npz:y"}, "split": SPLIT}
    config = write_config(tmp_path / "mine.toml", arrays)
    path = tmp_path / "x.npz"
    np.savez(path, x=FEATURES, y=np.array([{}], dtype=object))
    whole = path.read_bytes()
    for content, title in ((whole[:500], "cannot be read"), (whole, "no plain numbers")):
        path.write_bytes(content)
        assert call("train", config, "--out", tmp_path / "run") == 2
        assert title in capsys.readouterr().err
    np.savez(path, x=FEATURES, labels=LABELS)
    assert call("data", "check", config) == 2
    assert "an npz file has no array of this name" in capsys.readouterr().err
