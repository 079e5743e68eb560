"""Mistakes in a configuration: plain words, the path of the key, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.config import load_config, parse_settings
from appliance.errors import ConfigurationError
from verify.rendering.objects import describe_error


def refuse(**sections: Any) -> ConfigurationError:  # noqa: ANN401 - any value of a file
    """Return the error of `smoke` with other sections; a key of None is left out."""
    settings = load_config("smoke").settings()
    for name, value in sections.items():
        settings[name] = {**settings[name], **value} if isinstance(value, dict) else value
        if isinstance(value, dict):
            settings[name] = {key: item for key, item in settings[name].items() if item is not None}
    with pytest.raises(ConfigurationError) as caught:
        parse_settings({key: value for key, value in settings.items() if value is not None}, where="mine.toml")
    return caught.value


@pytest.mark.parametrize(
    ("sections", "path", "expected", "found"),
    [
        ({"seed": -1}, "seed", "a whole number from 0 to 9223372036854775807", "-1"),
        ({"seed": True}, "seed", "a whole number from 0 to 9223372036854775807", "true"),
        ({"seed": None}, "seed", "a whole number from 0 to 9223372036854775807", "nothing"),
        ({"name": "Mine"}, "name", "a name of small letters, digits", '"Mine"'),
        ({"precision": "f16"}, "precision", '"f32" or "f64"', '"f16"'),
        ({"speed": 4}, "speed", "another key: seed", "a key that does not exist"),
        ({"data": None}, "data", "a table [data]", "nothing"),
        ({"data": 3}, "data", "a table [data]", "3"),
        ({"data": {"sorce": "mnist"}}, "data.sorce", "another key: data.source", "a key that does not exist"),
        ({"data": {"zzz": 1}}, "data.zzz", "no other key than source, train_samples", "a key that does not exist"),
        ({"training": {"epochs": 2.5}}, "training.epochs", "a whole number from 1 to 1000000", "2.5"),
        ({"training": {"epochs": None}}, "training.epochs", "a whole number from 1 to 1000000", "nothing"),
        ({"model": {"layers": [784, 0, 10]}}, "model.layers[1]", "a whole number from 1 to 1048576", "0"),
        ({"model": {"layers": [784]}}, "model.layers", "at least two widths", "[784]"),
        ({"model": {"layers": 7}}, "model.layers", "a list of widths", "7"),
        (
            {"model": {"layers": [784, 10], "inputs": 784}},
            "model.inputs",
            "no other key than layers",
            "a key that does not exist",
        ),
        ({"model": {"layers": [{"kind": "lstm"}]}}, "model.layers[0].kind", '"dense", "relu", ', '"lstm"'),
        ({"model": {"layers": [{"kind": "dense"}]}}, "model.layers[0].units", "a whole number from 1", "nothing"),
        (
            {"optimizer": {"name": "rmsprop"}},
            "optimizer.name",
            '"sgd", "momentum", "nesterov", "adam" or "adamw"',
            '"rmsprop"',
        ),
        ({"optimizer": {"schedule": 3}}, "optimizer.schedule", '"constant", "step", "linear" or "cosine"', "3"),
        ({"optimizer": {"beta1": 0.5}}, "optimizer.beta1", "no such key with the optimizer sgd", "0.5"),
        ({"optimizer": {"learning_rate": 0}}, "optimizer.learning_rate", "a number above 0 and below 1000000", "0.0"),
        ({"optimizer": {"name": "momentum", "momentum": 1.0}}, "optimizer.momentum", "from 0 to below 1", "1.0"),
    ],
)
def test_mistake_is_told_in_words(sections: dict[str, Any], path: str, expected: str, found: str) -> None:
    """The path of the key, what is allowed, what was found; nothing of the library that reads it."""
    error = refuse(**sections)
    assert error.where == f"mine.toml, {path}"
    assert expected in str(error.expected)
    assert found == error.found
    assert "docs/configuration.md" in str(error.remedy)
    for foreign in ("typing", "Literal", "$.", "@", "<class", "attr"):
        assert foreign not in str(error)


def test_all_mistakes_are_told_at_once() -> None:
    """Five mistakes in four sections are five rows of one error, and one text and one list in JSON."""
    error = refuse(
        seed=-1,
        data={"source": 3},
        training={"epochs": 0, "batch_size": 0},
        optimizer={"name": "rmsprop"},
    )
    paths = ["data.source", "training.epochs", "training.batch_size", "optimizer.name", "seed"]
    assert error.title.endswith("5 mistakes")
    assert [line.split()[1].rstrip(":") for line in str(error).splitlines() if "  found " in line] == paths
    body = describe_error(error)["error"]
    assert all(f"{path}: expected" in body["found"] for path in paths)
    assert [row.partition(":")[0] for row in body["problems"]] == paths
    assert "problems" not in describe_error(refuse(seed=-1))["error"]


def test_contradictions_are_told_at_once() -> None:
    """Settings that are each valid and do not fit together: also all of them."""
    error = refuse(training={"batch_size": 65537}, data={"train_samples": 0}, optimizer={"learning_rate": 1e-13})
    assert [text.partition(":")[0] for text in error.found] == [  # type: ignore[attr-defined]
        "a batch is too large for exact sums",
        "synthetic data needs its sizes",
        "the learning rate becomes too small for float32",
    ]


def test_long_values_are_cut() -> None:
    """An error stays readable whatever is in the file."""
    assert len(str(refuse(name="m" * 90_000).found)) <= 60
