"""The state of a training as one value: restored after any step, the rest of the training has the same bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config
from appliance.config.optimizers import OPTIMIZERS
from appliance.data import load_dataset
from appliance.training.loop import Training
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_trainer
from verify.digests import digest_arrays
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance.config.schema import Config, Precision
    from appliance.data import Dataset
    from appliance.training.state import TrainingState


def make_run(optimizer: str, precision: Precision = "f32") -> tuple[Config, Dataset]:
    """Return a short training: 2 epochs of 5 steps, the last step of each with fewer samples."""
    config = load_config("smoke")
    data = attrs.evolve(config.data, train_samples=72, test_samples=20)
    config = attrs.evolve(
        config,
        data=data,
        precision=precision,
        training=attrs.evolve(config.training, batch_size=16),
        optimizer=OPTIMIZERS[optimizer](learning_rate=0.05),
    )
    return config, load_dataset(data, config.seed)


def describe(training: Training) -> tuple[Any, ...]:
    """Return everything that a training leaves, as values that can be compared."""
    return digest_arrays(training.parameters), training.history, digest_arrays({"x": training.evaluate().outputs})


def finish(config: Config, dataset: Dataset, state: TrainingState) -> tuple[Any, ...]:
    """Return the result of a new training that begins at a state."""
    training = Training(config, dataset, portable=True)
    training.restore(state)
    training.run()
    return describe(training)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_restored_training_ends_as_the_undisturbed_one(optimizer: str, precision: Precision) -> None:
    """Before the first step, after every step and after the last, the state has everything that the rest depends on."""
    config, dataset = make_run(optimizer, precision)
    training = Training(config, dataset, portable=True)
    states = [training.capture()]
    states += [training.capture() for _ in training.steps()]
    states.append(training.capture())
    expected = describe(training)
    assert len(states) == 12
    assert [(state.epoch, state.step) for state in states[4:7]] == [(1, 4), (1, 5), (2, 1)]
    assert [finish(config, dataset, state) for state in states] == [expected] * 12


def test_a_capture_does_not_disturb_the_training() -> None:
    """A training that is captured at every step gives the bits of one that is not."""
    config, dataset = make_run("adam")
    plain, captured = (Training(config, dataset, portable=True) for _ in range(2))
    plain.run()
    for _ in captured.steps():
        captured.capture()
    assert describe(captured) == describe(plain)


def test_a_state_is_listed_and_owns_its_arrays() -> None:
    """Parameters, moments, step count and bounds have names, and later steps do not change them."""
    config, dataset = make_run("adam")
    training = Training(config, dataset, portable=True)
    steps = training.steps()
    next(steps)
    state = training.capture()
    assert {"dense_1.weight", "dense_1.weight.mean", "dense_1.weight.square", "optimizer.powers"} <= set(state.names())
    assert {"dense_1.grid", "dense_2.bias.bound"} <= set(state.names())
    assert state.arrays["dense_1.weight"].shape == (784, 16)
    before = {name: array.tobytes() for name, array in state.arrays.items()}
    next(steps)
    assert {name: array.tobytes() for name, array in state.arrays.items()} == before


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [
        ("sgd", "dense_1.weight"),
        ("sgd", "dense_2.grid"),
        ("momentum", "dense_1.weight.velocity"),
        ("adam", "dense_2.weight.mean"),
        ("adam", "dense_2.bias.square"),
        ("adam", "optimizer.powers"),
    ],
)
def test_every_part_of_the_state_reaches_the_result(optimizer: str, name: str) -> None:
    """Negative control: if any one part is lost, the training ends with other bits."""
    config, dataset = make_run(optimizer)
    training = Training(config, dataset, portable=True)
    steps = training.steps()
    for _ in range(3):
        next(steps)
    state = training.capture()
    expected = finish(config, dataset, state)
    lost = np.ones_like(state.arrays[name]) if "powers" in name else np.zeros_like(state.arrays[name])
    if name.endswith("grid"):
        lost = state.arrays[name] * np.array([1.0, 1.0, 4.0])
    assert finish(config, dataset, attrs.evolve(state, arrays={**state.arrays, name: lost})) != expected


def test_the_bound_of_a_velocity_is_part_of_the_state() -> None:
    """Without it the next step adds another bound to the weight's grid, and grids are chosen at other steps."""
    grids = []
    for kept in (True, False):
        trainer = make_trainer(make_config(name="momentum", precision="f32", layers=(784, 30, 20, 10)))
        trainer.reset_bounds()
        trainer.step(Samples(*make_batch(seed=0)), 0.3)
        state = trainer.capture()
        lost = {name: np.zeros_like(x) if name.endswith(".bound") else x for name, x in state.items()}
        trainer.restore(state if kept else lost)
        trainer.step(Samples(*make_batch(seed=1)), 0.3)
        grids.append(trainer.capture()["dense_1.grid"].tolist())
    assert grids[0][0] > grids[1][0]


def test_a_state_of_another_configuration_is_refused() -> None:
    """The first array that another optimizer needs, and the state does not have, is named."""
    (config, dataset), (other, _) = make_run("sgd"), make_run("adam")
    state = Training(config, dataset, portable=True).capture()
    with pytest.raises(UsageError, match="does not fit this training") as caught:
        Training(other, dataset, portable=True).restore(state)
    assert (caught.value.expected, caught.value.found) == ("dense_1.bias.mean: float32 (16,)", "no such array")
