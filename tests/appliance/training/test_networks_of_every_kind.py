"""The laws of a step hold for networks with layers of every kind: parts, order, state, checked products, traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config, parse_settings
from appliance.config.layers import LAYERS
from appliance.model import build_network
from appliance.optimizers import make_optimizer
from appliance.streams import draw_words
from appliance.training.execute import run_training
from appliance.training.tracing import TrainingTrace
from appliance.training.trainer import Samples, Trainer
from support.every_layer import NETWORKS
from support.networks import make_batch, make_config
from verify.conformance.freivalds import ExactChecker
from verify.digests import digest_arrays
from verify.files.traces import open_trace
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.numerics.plans import Stage
    from verify.files.traces import Trace

    Tables = list[dict[str, Any]]


def make_network_config(network: str, precision: str = "f32", name: str = "sgd") -> Config:
    """Return the configuration of a network for samples of shape (28, 28), or of 784 tokens."""
    settings = make_config(precision=precision, name=name).settings()
    return parse_settings({**settings, "model": {"layers": NETWORKS[network]}}, where="a test")


def make_trainer(config: Config, name: str, *, parts: int = 1, checker: ExactChecker | None = None) -> Trainer:
    """Return a trainer of a network."""
    shape = (784,) if name == "tokens" else (28, 28)
    network = build_network(config, shape, 10, portable=True, checker=checker)
    return Trainer(network, make_optimizer(config.optimizer, network.fmt, portable=True), micro_batches=parts)


def train(config: Config, name: str, sizes: tuple[int, ...] = (16, 40, 5), *, seed: int | None = None, parts: int = 1,
          checker: ExactChecker | None = None) -> str:  # fmt: skip
    """Return the digest of all arrays after some steps; with a seed, samples come in another order."""
    trainer = make_trainer(config, name, parts=parts, checker=checker)
    trainer.reset_bounds()
    for step, size in enumerate(sizes):
        pixels, labels = make_batch(size, seed=step)
        order = np.arange(size) if seed is None else np.argsort(draw_words(size, seed, "order"), kind="stable")
        trainer.step(Samples(pixels[order], labels[order], 3 * order + step), 0.05)
    return digest_arrays(trainer.list_arrays())


def list_kinds(tables: Tables) -> set[str]:
    """Return the kinds of layers in some tables, inner ones included."""
    return {str(table["kind"]) for table in tables} | {
        kind for table in tables for kind in list_kinds(table.get("layers", []))
    }


def test_every_kind_of_layer_is_in_a_network() -> None:
    """A kind that is added to the table is put into one of the networks, too."""
    assert set[str]().union(*(list_kinds(tables) for tables in NETWORKS.values())) == set(LAYERS)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_parts_of_a_batch_reach_no_bit(name: str, precision: str, optimizer: str) -> None:
    """Batches in three and in eight parts give the bits of undivided ones."""
    config = make_network_config(name, precision, name=optimizer)
    plain = train(config, name)
    assert [train(config, name, parts=parts) for parts in (3, 8)] == [plain] * 2


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_order_of_samples_reaches_no_bit(name: str, precision: str) -> None:
    """Samples that keep their numbers give the same step in any order."""
    config = make_network_config(name, precision)
    assert train(config, name, seed=1) == train(config, name)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_right_products_are_never_called_wrong(name: str, precision: str) -> None:
    """Every product and sum passes the check, also in parts and with more rows than a piece has."""
    config = make_network_config(name, precision)
    for parts in (1, 3):
        checker = ExactChecker(always=True)
        sizes = (16, 16) if name == "sequence" else (16, 300)
        assert train(config, name, sizes, parts=parts, checker=checker) == train(config, name, sizes)
        assert checker.checked > 10


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_output_of_a_layer_is_minus_zero(name: str, precision: str) -> None:
    """ReLU and pooling compare numbers, and hosts differ in which zero of a pair is the larger one."""
    trainer, found = make_trainer(make_network_config(name, precision), name), list[str]()

    def look(stage: Stage) -> None:
        found.extend(key for key, array in stage.outputs.items() if key.endswith(".output") and has_minus_zero(array))

    trainer.reset_bounds()
    for step in range(4):
        trainer.step(Samples(*make_batch(40, seed=step)), 0.3, look)
    assert found == []
    assert has_minus_zero(np.array([1.0, -0.0]))


def has_minus_zero(array: NDArray[Any]) -> bool:
    """Return whether one of the numbers is -0."""
    return bool((np.signbit(array) & (array == 0)).any())


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_restored_trainer_goes_on_as_the_undisturbed_one(name: str, precision: str) -> None:
    """A captured state has all that the next steps and predictions depend on."""
    config = make_network_config(name, precision, name="adam")
    trainer, other = make_trainer(config, name), make_trainer(config, name)
    trainer.reset_bounds()
    for step in range(2):
        trainer.step(Samples(*make_batch(seed=step)), 0.05)
    other.restore(trainer.capture())
    for both in (trainer, other):
        both.step(Samples(*make_batch(seed=9)), 0.05)
    assert digest_arrays(other.list_arrays()) == digest_arrays(trainer.list_arrays())
    pixels, _ = make_batch(seed=5)
    assert other.forward.predict(pixels).tobytes() == trainer.forward.predict(pixels).tobytes()


def trace(place: Path, config: Config, *, detailed: bool = False, **named: Any) -> tuple[Trace, dict[str, str]]:  # noqa: ANN401
    """Return the trace of a training, and its digests."""
    recorder = Recorder(place, level="step", command=["train"])
    observer = TrainingTrace(recorder, steps=True, detailed=detailed)
    record = run_training(config, trace=observer, **named)
    observer.flush()
    recorder.close({})
    return open_trace(place), record.digests


def list_made(found: Trace) -> set[str]:
    """Return the names of all arrays that the events of steps made."""
    return {tensor.name for line in found.read_events() if line.id.step is not None for tensor in line.event.outputs}


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "tokens"])
def test_a_trace_changes_no_bit_and_has_every_parameter(tmp_path: Path, name: str) -> None:
    """Events name all parameters and buffers; parts of a batch change none of them."""
    smoke = load_config("smoke", overrides=["data.train_samples=64", "data.test_samples=32", "training.epochs=1"])
    config = attrs.evolve(smoke, model=make_network_config(name).model)
    expected = run_training(config).digests
    events, digests = trace(tmp_path / "plain", config)
    detailed, digests_detailed = trace(tmp_path / "detailed", config, detailed=True)
    parts, digests_parts = trace(tmp_path / "parts", config, micro_batches=3)
    assert digests == digests_detailed == digests_parts == expected
    assert [path.read_bytes() for path in parts.files] == [path.read_bytes() for path in events.files]
    trainer, made = make_trainer(config, name), list_made(detailed)
    assert set(trainer.list_arrays()) <= list_made(events)
    assert all({f"{one}_gradient", f"{one}_addends"} & made for one in trainer.network.parameters())
