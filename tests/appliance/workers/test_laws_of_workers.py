"""Any number of workers gives the bits of one: every layer, loss and rule, with workers as threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.model import build_network
from appliance.numerics.exchange import ALONE
from appliance.optimizers import make_clipping, make_optimizer
from appliance.training.accumulation import find_share
from appliance.training.trainer import Samples, Trainer
from support.every_layer import CAUSAL, NETWORKS
from support.networks import make_batch, make_config
from support.worker_threads import ThreadExchange, add_exactly, run_workers
from verify.conformance.freivalds import ExactChecker
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from appliance.config.schema import Config
    from appliance.numerics.exchange import Exchange
    from support.worker_threads import Integers

CASES = {**NETWORKS, "causal": CAUSAL}
SIZES = (16, 41, 5, 2)
WORKERS = (2, 3, 5)


def make_case(network: str, precision: str = "f32", **optimizer: Any) -> Config:  # noqa: ANN401
    """Return the configuration of a network for samples of shape (28, 28), or of 784 tokens."""
    settings = make_config(precision=precision, **optimizer).settings()
    return parse_settings({**settings, "model": {"layers": CASES[network]}}, where="a test")


def step_through(
    config: Config, name: str, exchange: Exchange = ALONE, *, parts: int = 1, sizes: tuple[int, ...] = SIZES
) -> str:
    """Return the digest of everything that the next step depends on after some steps on this worker's shares."""
    checker = ExactChecker(always=True) if exchange.index == 0 else None
    network = build_network(config, (784,) if name == "tokens" else (28, 28), 10, portable=True, checker=checker)
    trainer = Trainer(
        network,
        make_optimizer(config.optimizer, network.fmt, portable=True),
        micro_batches=parts,
        clipping=make_clipping(
            config.optimizer, [p.size for p in network.parameters().values()], network.fmt, portable=True
        ),
        exchange=exchange,
    )
    trainer.reset_bounds()
    for step, size in enumerate(sizes):
        low, high = find_share(size, exchange.index, exchange.count)
        pixels, labels = make_batch(size, seed=step)
        numbers = 3 * np.arange(size) + step
        whole = Samples(pixels[low:high], labels[low:high], numbers[low:high], low, size)
        trainer.step(whole, 0.05)
    captured = trainer.capture().items()  # bounds may be infinite
    return digest_arrays({name: np.ascontiguousarray(array).reshape(-1).view(np.uint8) for name, array in captured})


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", CASES)
def test_workers_reach_no_bit_of_any_layer(name: str, precision: str, workers: int) -> None:
    """Batches that do not divide, and smaller ones than there are workers; all workers have the same arrays."""
    config = make_case(name, precision)
    expected = step_through(config, name)
    assert run_workers(workers, lambda exchange: step_through(config, name, exchange)) == [expected] * workers


@pytest.mark.parametrize("optimizer", [{"name": "momentum"}, {"name": "adam", "clip_norm": 0.01}])
@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", ["images", "norms", "dropout"])
def test_workers_with_micro_batches_reach_no_bit(name: str, precision: str, optimizer: dict[str, Any]) -> None:
    """Every worker takes its share in parts; clipping sees the gradients of the whole batch."""
    config = make_case(name, precision, **optimizer)
    expected = step_through(config, name)
    found = run_workers(3, lambda exchange: step_through(config, name, exchange, parts=2 + exchange.index))
    assert found == [expected] * 3


@pytest.mark.parametrize(("name", "size"), [("images", 300), ("dropout", 700), ("dropout", 9000)])
def test_batches_longer_than_a_piece_have_the_bits_of_one(name: str, size: int) -> None:
    """More rows than a piece of float32 products has, and wider integers than 32 bits."""
    config = make_case(name)
    expected = step_through(config, name, sizes=(size,))
    assert run_workers(3, lambda exchange: step_through(config, name, exchange, sizes=(size,))) == [expected] * 3


def test_shares_of_one_size_of_batches_of_two_sizes() -> None:
    """A first share of 2 belongs to batches of 4 and of 5; the carried bounds are those of each batch."""
    config = make_case("images")
    sizes = (5, 4, 5, 4, 5)
    expected = step_through(config, "images", sizes=sizes)
    assert run_workers(2, lambda exchange: step_through(config, "images", exchange, sizes=sizes)) == [expected] * 2


def add_as_floats(arrays: list[Integers]) -> Integers:
    """Return sums that are rounded to float32 after every addition."""
    total = np.zeros(arrays[0].shape, dtype=np.float32)
    for array in arrays:
        total += array.astype(np.float32)
    return total.astype(arrays[0].dtype)


def drop_the_last(arrays: list[Integers]) -> Integers:
    """Return sums without those of the last worker."""
    return add_exactly(arrays[:-1])


@pytest.mark.parametrize("add", [add_as_floats, drop_the_last])
@pytest.mark.parametrize("name", ["images", "norms"])
def test_wrong_sums_reach_bits(name: str, add: Any) -> None:  # noqa: ANN401
    """Negative control: sums in floating point, and sums in which a worker is missing, are seen."""
    config = make_case(name, "f64")
    assert step_through(config, name) not in run_workers(
        3, lambda exchange: step_through(config, name, exchange), add=add
    )


class OwnMaxima(ThreadExchange):
    """An exchange in which every worker keeps its own maxima."""

    def maximize(self, values: Integers) -> None:
        """Do nothing."""


def test_maxima_of_ones_own_reach_bits() -> None:
    """Negative control: without the largest addend of all workers the grids differ."""
    config = make_case("images")
    found = run_workers(3, lambda exchange: step_through(config, "images", OwnMaxima(exchange.meeting, exchange.index)))
    assert step_through(config, "images") not in found
