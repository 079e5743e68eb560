"""Settings that are numbers of NumPy, and parts of one's own that return or state what they may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance import Dataset, Stream, check_portable, fit, nn
from appliance.errors import ConfigurationError, DataError
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.training.record import Record

X, Y = Stream(1, "odd parts").normal((30, 3)), np.arange(30) % 2
DATA = Dataset.from_arrays(X[:20], Y[:20], X[20:], Y[20:])
NUMBERS: dict[str, Any] = {"epochs": 1, "batch_size": 7, "seed": 3, "threads": 1, "micro_batches": 2}


def train(*layers: nn.Layer, rate: float = 0.1, **changed: Any) -> Record:  # noqa: ANN401 - settings of all kinds
    """Train layers of one's own before a dense one."""
    optimizer = nn.Sgd(learning_rate=rate)
    return fit([*layers, nn.Dense(units=2)], DATA, optimizer=optimizer, **(NUMBERS | changed))


class Gain(nn.Layer):
    """Multiplies each feature by a parameter; tests replace methods of subclasses."""

    def initial(self, shape: Any, draw: Any) -> Any:  # noqa: ANN401 - as users write it
        """Return gains."""
        return {"gain": draw(*shape) + 0.5}

    def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401
        """Return x times the gains."""
        return x * parameters["gain"]

    def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002
        """Return the gradient of x and the shares of the gains."""
        return dy * parameters["gain"], {"gain": dy * x}


def make(**methods: Callable[..., Any]) -> Gain:
    """Return a layer of a subclass with other methods."""
    return type("Gain", (Gain,), methods)()  # type: ignore[no-any-return]


def test_settings_may_be_numbers_of_numpy() -> None:
    """As lengths and means of arrays are: the same run, with settings that are plain numbers; an int is a rate, too."""
    expected = train().digests["run"]
    for kind in (np.int64, np.uint8):
        given = {name: kind(value) for name, value in NUMBERS.items()}
        assert train(rate=np.float64(0.1), **given).digests["run"] == expected
    assert nn.Dense(units=np.int64(4)) == nn.Dense(units=4)  # type: ignore[arg-type]
    assert type(nn.Dense(units=np.int64(4)).units) is int  # type: ignore[arg-type]
    pair = nn.Conv2d(channels=np.int32(2), kernel=(np.int64(3), np.int64(2)))  # type: ignore[arg-type]
    assert pair == nn.Conv2d(channels=2, kernel=(3, 2))
    assert type(nn.Sgd(learning_rate=np.float32(0.5)).learning_rate) is float  # type: ignore[arg-type]
    assert nn.Sgd(learning_rate=1) == nn.Sgd(learning_rate=1.0)
    for wrong in (2.5, True, "3", np.float64(3.0), np.True_, None):
        with pytest.raises(ValueError, match="whole number"):
            nn.Dense(units=wrong)  # type: ignore[arg-type]
    for wrong in (True, "0.1", None, 10**400):
        with pytest.raises(ValueError, match="expected a number"):
            nn.Sgd(learning_rate=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("setting", [{"check": "none"}, {"micro_batches": 0}, {"threads": 2.0}, {"threads": 0}])
def test_other_settings_of_a_run_are_refused(setting: dict[str, Any]) -> None:
    """Nothing that is misspelt is taken for something else."""
    with pytest.raises(UsageError, match=next(iter(setting))):
        train(**setting)


def test_numbers_of_numpy_in_parts_of_ones_own_are_hashed() -> None:
    """An attribute changes the settings whatever type of number it has."""
    for kind in (int, np.int64, np.float32, np.bool_):
        layers = [make(), make()]
        for layer, value in zip(layers, (0, 1), strict=True):
            layer.limits = [kind(value)]  # type: ignore[attr-defined]
        settings = [layer.settings() for layer in layers]
        assert settings[0] == {"kind": "own", "class": "Gain", "limits": [0]}
        assert settings[1]["limits"] == [1]
        assert not isinstance(settings[1]["limits"][0], np.generic)


@pytest.mark.parametrize("shape", [3, None, (-1,), (0,), (2.5,), "ab"])
def test_an_output_shape_is_whole_numbers(shape: object) -> None:
    """Anything else is an error that names the method; integers of NumPy are taken."""
    layer = make(output_shape=lambda *_: shape)
    for attempt in (train, lambda one: check_portable(one, (3,))):
        with pytest.raises(ConfigurationError, match=r"Gain\.output_shape"):
            attempt(layer)
    same = make(output_shape=lambda *_: [np.int64(3)])
    assert train(same).digests["run"] == train(make()).digests["run"]


@pytest.mark.parametrize("made", [None, [1.0], {3: [1.0]}, {"a/../b": [1.0]}, {"a\n": [1.0]}, {"": [1.0]}])
def test_initial_parameters_have_names(made: object) -> None:
    """Names become parts of files and reports."""
    layer = make(initial=lambda *_: made)
    for attempt in (train, lambda one: check_portable(one, (3,))):
        with pytest.raises((UsageError, ConfigurationError), match=r"Gain\.initial"):
            attempt(layer)


@pytest.mark.parametrize("name", ["a b", "../x", "", "a.b", "a\n", None, 3, "x" * 101])
def test_a_function_as_a_layer_needs_a_name(name: Any) -> None:  # noqa: ANN401 - as users write it
    """Letters, digits, dashes and underscores, in any script."""
    with pytest.raises(ConfigurationError, match="this name"):
        nn.Elementwise(abs, abs, name=name)
    assert nn.Elementwise(abs, abs, name="Größe-2").stem == "Größe-2"


def test_gradients_may_come_in_a_list() -> None:
    """A pair is a pair; lists that are no array are refused with the shape that is needed."""
    pair = make(backward=lambda _, x, y, dy, parameters: [dy * parameters["gain"], {"gain": dy * x}])  # noqa: ARG005
    assert train(pair).digests["run"] == train(make()).digests["run"]
    assert check_portable(pair, (3,)) == []
    ragged = make(forward=lambda *_: [[1.0], [1.0, 2.0]])
    with pytest.raises(UsageError, match=r"Gain\.forward"):
        train(ragged)
    assert check_portable(ragged, (3,)) == ["output: shape () in the place of (12, 3)"]


def test_a_check_names_what_is_not_finite_and_what_is_too_much() -> None:
    """Sentences, not errors of the check itself."""
    lost = make(forward=lambda _, x, parameters: x * np.nan)  # noqa: ARG005
    assert check_portable(lost, (3,)) == ["output: NaN or infinity, although what was given is finite"]
    more = make(backward=lambda _, x, y, dy, parameters: (dy * parameters["gain"], {"gain": dy * x, "no": dy}))  # noqa: ARG005
    assert check_portable(more, (3,)) == ["shares of no: there is no such parameter"]
    turned = make(forward=lambda _, x, parameters: x * 1j)  # noqa: ARG005
    assert check_portable(turned, (3,)) == ["output: type complex64 in the place of floats"]


def test_masked_arrays_are_no_data() -> None:
    """What a mask hides would be trained on or predicted."""
    hidden = np.ma.MaskedArray(X, mask=X > 1.0)
    with pytest.raises(DataError, match="masked"):
        Dataset.from_arrays(hidden, Y, X, Y)
    with pytest.raises(DataError, match="masked"):
        Dataset.from_arrays(X, np.ma.MaskedArray(Y, mask=Y > 0), X, Y)
    with pytest.raises(DataError, match="masked"):
        train().predict(hidden)
    assert train().predict(np.ma.MaskedArray(X)).tolist() == train().predict(X).tolist()
