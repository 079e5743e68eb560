"""Layers, losses, optimizers and schedules of a user's program: as the built-in ones where both say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance import Dataset, nn, portable, read_run, write_run
from appliance.config import parse_settings
from appliance.errors import ConfigurationError
from appliance.library.fit import fit
from appliance.numerics.formats import FORMATS
from appliance.verification.verify import verify
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.training.record import Record


def make_data() -> Dataset:
    """Return 60 training samples of 6 features and 3 classes."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(80, 6)), random.integers(0, 3, 80)
    x[np.arange(80), y] += 2.0
    return Dataset.from_arrays(x[:60], y[:60], x[60:], y[60:])


def train(*layers: Any, **more: Any) -> Record:  # noqa: ANN401 - the settings of `fit`
    """Return the record of a small training of layers between two dense ones."""
    model = [nn.Dense(units=8), *layers, nn.Dense(units=3)]
    settings = {"optimizer": nn.Momentum(learning_rate=0.05), "epochs": 3, "batch_size": 16, **more}
    return fit(model, make_data(), **settings)


class Gain(nn.Layer):
    """Multiplies each feature by a parameter."""

    def __init__(self, factor: float = 1.5) -> None:
        self.factor = factor

    def initial(self, shape: tuple[int, ...], draw: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return gains between 0.5 and 1.5."""
        return {"gain": draw(*shape) + 0.5}

    def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401
        """Return x times the gains."""
        return x * parameters["gain"] * self.factor

    def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002
        """Return the gradient of x, and the share of each sample in that of the gains."""
        scaled = dy * self.factor
        return scaled * parameters["gain"], {"gain": scaled * x}


class OwnMomentum(nn.Optimizer):
    """As nn.Momentum."""

    state_names = ("velocity",)

    def update(self, parameter: Any, gradient: Any, state: Any, step: Any) -> None:  # noqa: ANN401
        """Change velocity and parameter in place."""
        state["velocity"] *= parameter.dtype.type(0.9)
        state["velocity"] += gradient
        parameter -= state["velocity"] * step.rate


class Falling(OwnMomentum):
    """The same with half the rate in every epoch."""

    def rate(self, epoch: int, epochs: int) -> float:  # noqa: ARG002
        """Return the rate of an epoch."""
        return self.learning_rate / float(2 ** (epoch - 1))


class OwnSquaredError(nn.Loss):
    """As the loss mean-squared-error, for one target."""

    def values(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401
        """Return squares."""
        difference = (outputs - labels).astype(np.float64)[:, 0]
        return difference * difference

    def gradient(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401
        """Return twice the differences."""
        return (outputs - labels) * outputs.dtype.type(2.0)


class Halving(nn.Schedule):
    """Halves the rate with every epoch."""

    def rate(self, rate: float, epoch: int, epochs: int) -> float:  # noqa: ARG002
        """Return the rate of an epoch."""
        for _ in range(epoch - 1):
            rate *= 0.5
        return rate


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("profile", ["portable", "native"])
def test_a_function_with_its_derivative_is_the_layer_that_exists(precision: str, profile: str) -> None:
    """ReLU, once as a layer of the user's."""
    own = nn.Elementwise(lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(x.dtype), name="mine")
    records = [train(layer, precision=precision, profile=profile) for layer in (nn.Relu(), own)]
    assert records[0].digests["final_weights"] == records[1].digests["final_weights"]


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_an_own_rule_is_the_rule_that_exists(precision: str) -> None:
    """Momentum, once as a class of the user's, with and without a schedule."""
    steps = nn.Steps(step_epochs=1, step_factor=0.5)
    rules: list[Any] = [
        nn.Momentum(learning_rate=0.05, schedule=steps),
        nn.Momentum(learning_rate=0.05, schedule=Halving()),
    ]
    rules.append(Falling(learning_rate=0.05))
    digests = {train(nn.Relu(), precision=precision, optimizer=rule).digests["final_weights"] for rule in rules}
    assert len(digests) == 1
    plain = train(nn.Relu(), precision=precision, optimizer=OwnMomentum(learning_rate=0.05))
    assert plain.digests["final_weights"] == train(nn.Relu(), precision=precision).digests["final_weights"]


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_no_bit_depends_on_parts_of_a_batch(precision: str) -> None:
    """With a layer and a rule of the user's; parameters are learned."""
    settings: dict[str, Any] = {"precision": precision, "optimizer": OwnMomentum(learning_rate=0.05)}
    records = [train(Gain(), nn.Relu(), Gain(), micro_batches=parts, **settings) for parts in (1, 3, 16)]
    assert len({record.digests["run"] for record in records}) == 1
    assert records[0].parameters["gain_1.gain"].shape == (8,)
    assert records[0].metrics["train_loss"] < 0.9
    assert train(Gain(2.0), nn.Relu(), Gain(), **settings).config.digest() != records[0].config.digest()


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("profile", ["portable", "native"])
def test_an_own_loss_is_the_loss_that_exists(precision: str, profile: str) -> None:
    """The squared error, once as a class of the user's; bits do not depend on parts of a batch."""
    x = np.random.default_rng(0).normal(size=(80, 6))
    y = x[:, 0] * 0.5 - x[:, 1]
    data = Dataset.from_arrays(x[:60], y[:60], x[60:], y[60:])
    model = [nn.Dense(units=8), nn.Relu(), nn.Dense(units=1)]
    shared: dict[str, Any] = {"optimizer": nn.Sgd(learning_rate=0.05), "epochs": 3, "batch_size": 16}
    shared["precision"] = precision
    losses: tuple[Any, ...] = ("mean-squared-error", OwnSquaredError())
    usual, own = (fit(model, data, loss=loss, profile=profile, **shared) for loss in losses)
    assert own.digests["final_weights"] == usual.digests["final_weights"]
    assert own.metrics == pytest.approx(usual.metrics)
    if profile == "portable":
        parts = fit(model, data, loss=OwnSquaredError(), micro_batches=3, **shared)
        assert parts.digests == own.digests
    assert own.config.settings()["training"]["loss"] == {"class": "OwnSquaredError"}
    assert parse_settings(own.config.settings(), where="a test").digest() == own.config.digest()
    assert own.predict(x[60:]).shape == (20, 1)


def test_gradients_of_an_own_layer_are_slopes() -> None:
    """One plain step of rate 1 moves a parameter by minus the slope of the loss."""
    seen: list[float] = []
    step: dict[str, Any] = {"batch_size": 60, "epochs": 1, "precision": "f64", "optimizer": nn.Sgd(learning_rate=1e-6)}

    class Shifted(Gain):
        def __init__(self, shift: float) -> None:
            super().__init__()
            self._shift = shift

        def initial(self, shape: tuple[int, ...], draw: Any) -> dict[str, Any]:  # noqa: ANN401
            gain = draw(*shape) + 0.5
            seen.append(float(gain[2]))
            gain[2] += self._shift
            return {"gain": gain}

    after = train(Shifted(0.0), **step)
    slope = (seen[0] - float(after.parameters["shifted_1.gain"][2])) / 1e-6
    losses = [train(Shifted(shift), **step).metrics["train_loss"] for shift in (1e-4, -1e-4)]
    assert slope == pytest.approx((losses[0] - losses[1]) / 2e-4, rel=1e-3)


def test_an_own_layer_may_change_the_shape_and_be_first() -> None:
    """It also reads bytes as `byte / 256`, and may stand inside a residual connection."""

    class Pairs(nn.Layer):
        def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return (shape[0] // 2,)

        def forward(self, x: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002
            assert not x.flags.writeable
            return x[:, ::2] - x[:, 1::2]

        def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401, ARG002
            dx = np.empty_like(x)
            dx[:, ::2], dx[:, 1::2] = dy, -dy
            return dx

    x = np.arange(240, dtype=np.uint8).reshape(40, 6)
    data = Dataset.from_arrays(x, np.arange(40) % 2, x, np.arange(40) % 2)
    model = [Pairs(), nn.Residual(layers=(Gain(),)), nn.Dense(units=2)]
    record = fit(model, data, optimizer=nn.Adam(learning_rate=0.01), epochs=1, batch_size=8)
    assert record.parameters["dense_1.weight"].shape == (3, 2)
    assert np.array_equal(record.outputs(x), record.predictions["logits"])


def test_results_have_no_negative_zero_and_no_subnormal_number() -> None:
    """The layer after it relies on that."""
    tiny = nn.Elementwise(lambda x: -x * np.float32(1e-44), np.ones_like, name="tiny")
    found: list[Any] = []

    def keep(x: Any) -> Any:  # noqa: ANN401
        found.append(x.copy())
        return x

    look = nn.Elementwise(keep, np.ones_like, name="look")
    train(tiny, look, epochs=1)
    values = np.concatenate(found)
    assert not np.signbit(values[values == 0.0]).any()
    smallest = FORMATS["f32"].dtype(2.0**-126)
    assert (np.abs(values[values != 0.0]) >= smallest).all()


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.Elementwise(lambda x: x[:3], lambda x: x, name="a"), r"another shape or type"),
        (nn.Elementwise(lambda x: x, lambda x: x.astype(str), name="a"), "did not contain a loop"),
        (nn.Elementwise(lambda x: x.__iadd__(1), lambda x: x, name="a"), "read-only"),
    ],
)
def test_mistakes_of_a_layer_are_told(layer: Any, words: str) -> None:  # noqa: ANN401
    """The error names the class and the method; inputs cannot be overwritten by mistake."""
    with pytest.raises((UsageError, ValueError, TypeError), match=words):
        train(layer)


def test_shares_must_be_those_of_the_parameters() -> None:
    """A layer that forgets them is refused."""

    class Forgetful(Gain):
        def backward(self, x: Any, y: Any, dy: Any, parameters: Any) -> Any:  # noqa: ANN401
            return super().backward(x, y, dy, parameters)[0]

    with pytest.raises(UsageError, match="shares of other parameters") as caught:
        train(Forgetful())
    assert caught.value.where == "Forgetful.backward"


@pytest.mark.slow
def test_settings_of_own_parts_are_read_back(tmp_path: Path) -> None:
    """A run with them is written, judged and read; only its program can train it again."""
    rule = nn.Adam(learning_rate=0.01, schedule=Halving())
    swish = nn.Elementwise(lambda x: x * portable.sigmoid(x), lambda x: x, name="swish")
    record = train(Gain(), swish, optimizer=rule, epochs=1)
    settings = record.config.settings()
    assert settings["model"]["layers"][1:3] == [
        {"kind": "own", "class": "Gain", "factor": 1.5},
        {"kind": "own", "class": "Elementwise", "name": "swish"},
    ]
    write_run(record, tmp_path / "run")
    run = read_run(tmp_path / "run")
    assert run.config.digest() == record.config.digest()
    again = verify(str(tmp_path / "run"), retrain=True)
    assert again.verdict == "could-not-judge"
    own = train(Gain(), optimizer=OwnMomentum(learning_rate=0.05), epochs=1).config
    assert parse_settings(own.settings(), where="a test").digest() == own.digest()


def test_a_described_layer_cannot_be_trained() -> None:
    """A configuration that says "own" names no code."""
    settings = train(Gain(), epochs=1).config.settings()
    config = parse_settings(settings, where="a test")
    with pytest.raises(ConfigurationError, match="in the program that made it"):
        fit(config.model.layers, make_data(), optimizer=nn.Sgd(learning_rate=0.1), epochs=1, batch_size=8)
