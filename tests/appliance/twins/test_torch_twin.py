"""The same networks and trainings in PyTorch; only with the extra torch."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from appliance.benchmark.cost.peers import make_torch_steps
from appliance.benchmark.cost.steps import make_order
from appliance.config import load_config, parse_settings
from appliance.config.layers import LAYERS
from appliance.data import load_dataset
from appliance.layers.layer import walk
from appliance.model import build_network
from appliance.model.forward import ForwardPasses
from appliance.streams import draw_uniform
from appliance.training.execute import run_training
from appliance.training.loop import Training
from appliance.twins.torch_network import TorchNetwork
from appliance.twins.torch_training import convert, train_in_torch
from support.every_layer import CAUSAL, NETWORKS
from support.networks import make_batch, make_config

TABLES = {**NETWORKS, "causal": CAUSAL}


@pytest.fixture(scope="module")
def torch() -> Any:  # noqa: ANN401 - a module
    """Return PyTorch, if it is there."""
    return pytest.importorskip("torch")


def test_every_kind_of_layer_has_a_counterpart() -> None:
    """A kind that is added to the table is added to the twin, too."""
    assert [tag for tag in LAYERS if not hasattr(TorchNetwork, f"_make_{tag}")] == []


@pytest.mark.parametrize("name", TABLES)
def test_outputs_agree(name: str, torch: Any) -> None:  # noqa: ANN401 - a module
    """With the same drawn parameters and buffers, both are equal to the rounding of float64."""
    settings = {**make_config(precision="f64").settings(), "model": {"layers": TABLES[name]}}
    config = parse_settings(settings, where="a test")
    network = build_network(config, (28, 28), 10, portable=False)
    for place, array in enumerate(network.arrays().values()):
        array[...] = draw_uniform(array.size, 3, "twin", place).reshape(array.shape) - 0.25
        if place % 2:
            np.abs(array, out=array)
    for array_name, array in network.arrays().items():
        if array_name.endswith("variance"):
            np.abs(array + 0.5, out=array)
    samples = make_batch(9)[0]
    expected = ForwardPasses(network).predict(samples)
    twin = TorchNetwork(config.model.layers, network.arrays())
    x = torch.from_numpy(convert(samples, config)).reshape(9, 28, 28)
    with torch.no_grad():
        found = twin(x, training=False).numpy()
    assert np.abs(found - expected).max() <= 1e-9 * max(1.0, float(np.abs(expected).max()))
    assert len(list(walk(network.layers))) >= len(config.model.layers)


@pytest.mark.parametrize("name", TABLES)
def test_arrays_come_back_in_our_layouts(name: str, torch: Any) -> None:  # noqa: ANN401, ARG001 - a module
    """What was given is read back, with its names, shapes and values."""
    settings = {**make_config(precision="f32").settings(), "model": {"layers": TABLES[name]}}
    config = parse_settings(settings, where="a test")
    arrays = build_network(config, (28, 28), 10, portable=False).arrays()
    found = TorchNetwork(config.model.layers, arrays).read_arrays()
    assert sorted(found) == sorted(arrays)
    assert {n: (a.shape, a.tobytes()) for n, a in found.items()} == {
        n: (a.shape, a.tobytes()) for n, a in arrays.items()
    }


def drop_dropout(layers: list[Any]) -> list[Any]:
    """Return layers without dropout, of which the masks are other ones in PyTorch; widths stay as they are."""
    kept = [layer for layer in layers if not isinstance(layer, dict) or layer["kind"] != "dropout"]
    return [
        {**layer, "layers": drop_dropout(layer["layers"])} if isinstance(layer, dict) and "layers" in layer else layer
        for layer in kept
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["smoke", "regression", "lenet-small", "transformer-small"])
def test_small_configurations_train_alike(name: str, torch: Any) -> None:  # noqa: ANN401, ARG001 - a module
    """From the same parameters and batches, losses differ by rounding only, and a wrong rate is noticed."""
    settings = load_config(name).settings()
    settings["model"] = {"layers": drop_dropout(settings["model"]["layers"])}
    settings["training"] = {**settings["training"], "epochs": 1}
    config = parse_settings(settings, where="a test")
    dataset = load_dataset(config.data, config.seed)
    initial = {key: np.array(array) for key, array in Training(config, dataset, portable=False).parameters.items()}
    ours = run_training(config, profile="native").metrics
    theirs = train_in_torch(config, dataset, initial).epochs[-1]
    assert theirs.train_loss == pytest.approx(ours["train_loss"], rel=1e-3)
    assert theirs.test_loss == pytest.approx(ours["test_loss"], rel=1e-2)
    rate = config.optimizer.learning_rate * 1.5
    wrong = attrs.evolve(config, optimizer=attrs.evolve(config.optimizer, learning_rate=rate))
    other = train_in_torch(wrong, dataset, initial).epochs[-1]
    assert other.train_loss != pytest.approx(ours["train_loss"], rel=1e-3)


def test_cost_suite_times_convolutions(torch: Any) -> None:  # noqa: ANN401, ARG001 - a module
    """The peer of the suite takes steps of the twin, also of a network that is no stack of dense layers."""
    config = load_config("lenet-small")
    dataset = load_dataset(config.data, config.seed)
    run = make_torch_steps(config, dataset, make_order(len(dataset.train_labels), 32), 1)
    run(0, 2)
    run(30, 3)


@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "momentum", "momentum": 0.9},
        {"name": "nesterov", "momentum": 0.9, "weight_decay": 0.01},
        {"name": "adamw", "weight_decay": 0.05, "clip_norm": 0.5},
        {"name": "adam", "weight_decay": 0.01, "warmup_steps": 3},
        {"name": "sgd", "schedule": "cosine"},
    ],
    ids=lambda settings: str(settings["name"]),
)
def test_optimizers_are_those_of_pytorch(optimizer: dict[str, Any], torch: Any) -> None:  # noqa: ANN401, ARG001
    """In float64 the final parameters agree to rounding."""
    settings = make_config(precision="f64").settings()
    settings |= {"optimizer": {"learning_rate": 0.01, **optimizer}, "training": {"epochs": 2, "batch_size": 16}}
    config = parse_settings(settings, where="a test")
    dataset = load_dataset(config.data, config.seed)
    initial = {key: np.array(array) for key, array in Training(config, dataset, portable=False).parameters.items()}
    ours = run_training(config, profile="native").parameters
    theirs = train_in_torch(config, dataset, initial).arrays
    assert max(float(np.abs(ours[key] - theirs[key]).max()) for key in ours) < 1e-7
