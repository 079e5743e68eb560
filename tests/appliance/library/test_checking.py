"""What the check of a user's layer, loss or optimizer finds: nothing in a sound one, a sentence for each fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from appliance import nn, portable
from appliance.library.checking import check_portable
from verify.errors import UsageError


def make_slope(x: Any) -> Any:  # noqa: ANN401
    """Return the derivative of x * sigmoid(x)."""
    s = portable.sigmoid(x)
    return s * (1.0 + x * (1.0 - s))


def swish(x: Any) -> Any:  # noqa: ANN401
    """Return x * sigmoid(x)."""
    return x * portable.sigmoid(x)


class Gain(nn.Layer):
    """A sound layer with a parameter."""

    def initial(self, shape: Any, draw: Any) -> Any:  # noqa: ANN401
        """Return gains."""
        return {"gain": draw(*shape) + 0.5}

    def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401
        """Return x times the gains."""
        return x * parameters["gain"]

    def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002
        """Return the gradient and the shares."""
        return dy * parameters["gain"], {"gain": dy * x}


class SoftThreshold(nn.Loss):
    """A sound loss: the squared distance beyond 0.1."""

    def values(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401
        """Return the losses."""
        far = np.maximum(np.abs(outputs - labels) - 0.1, 0)
        return portable.sum(far * far, axis=1)

    def gradient(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401
        """Return the derivatives."""
        return 2 * np.sign(outputs - labels) * np.maximum(np.abs(outputs - labels) - 0.1, 0)


class Momentum(nn.Optimizer):
    """A sound rule."""

    state_names = ("velocity",)

    def update(self, parameter: Any, gradient: Any, state: Any, step: Any) -> None:  # noqa: ANN401
        """Change both in place."""
        state["velocity"][...] = 0.9 * state["velocity"] + gradient
        parameter -= step.rate * state["velocity"]


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_nothing_is_found_in_sound_parts(precision: Any) -> None:  # noqa: ANN401
    """A layer with and without parameters, a loss, a rule."""
    elementwise = nn.Elementwise(swish, make_slope, name="swish")
    assert check_portable(elementwise, (3, 4), precision=precision) == []
    assert check_portable(Gain(), (5,), precision=precision) == []
    assert check_portable(SoftThreshold(), (3,), precision=precision) == []
    assert check_portable(Momentum(learning_rate=0.1), (4, 5), precision=precision) == []


def check(function: Any, derivative: Any = None) -> list[str]:  # noqa: ANN401
    """Return what is found in a layer of a function."""
    return check_portable(nn.Elementwise(function, derivative or make_slope, name="mine"), (4,))


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (np.tanh, "np.tanh gives other bits on other machines: use appliance.portable.tanh"),
        (lambda x: x * np.exp(x), "use appliance.portable.exp"),
        (lambda x: x**3, "np.power gives other bits on other machines: use x * x"),
        (lambda x: x + x.sum(axis=1, keepdims=True), "use appliance.portable.sum"),
        (lambda x: x + np.mean(x, axis=1, keepdims=True), "use appliance.portable.mean"),
        (lambda x: x @ np.eye(4, dtype=x.dtype), "use appliance.portable.matmul"),
        (lambda x: x.dot(np.eye(4, dtype=x.dtype)), "use appliance.portable.matmul"),
        (lambda x: np.einsum("ij->ij", x), "np.einsum may give other bits"),
        (lambda x: np.where(x > 0, np.cosh(x), x), "np.cosh may give other bits"),
        (lambda x: x - np.max(x, axis=0), "output depends on the samples beside a sample"),
        (lambda x: x + np.arange(len(x)).reshape(-1, 1), "output depends on the order of the samples"),
        (lambda x: x + np.random.default_rng().normal(), "output changes when it is called again"),
        (lambda x: x.ravel(order="K").reshape(x.shape), "output depends on the memory layout"),
        (lambda x: x[:, :2], r"output: shape (12, 2) in the place of (12, 4)"),
        (lambda x: x * 2.0, "the gradient of x is not the slope of the output"),
    ],
)
def test_planted_faults_are_found(function: Any, words: str) -> None:  # noqa: ANN401
    """Each is told in a sentence that says what to do or what is wrong."""
    found = check(function)
    assert any(words in sentence for sentence in found), found


def test_faults_of_parameters_losses_and_rules_are_found() -> None:
    """Sums over samples, wrong slopes, rules that mix elements."""

    class Summed(Gain):
        def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002
            return dy * parameters["gain"], {"gain": (dy * x)[0]}

    class Steep(SoftThreshold):
        def gradient(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401
            return 3 * super().gradient(outputs, labels)

    class Normed(Momentum):
        def update(self, parameter: Any, gradient: Any, state: Any, step: Any) -> None:  # noqa: ANN401
            super().update(parameter, gradient / np.max(np.abs(gradient)), state, step)

    assert "shares of gain: shape (5,) in the place of (12, 5)" in check_portable(Summed(), (5,))
    assert any("not the slope of the values" in words for words in check_portable(Steep(), (3,)))
    found = check_portable(Normed(learning_rate=0.1), (4, 5))
    assert "parameter depends on the samples beside a sample" in found


def test_only_parts_of_ones_own_are_checked() -> None:
    """The built-in ones have tests."""
    with pytest.raises(UsageError, match="only parts"):
        check_portable(nn.Relu(), (3,))  # type: ignore[arg-type]
