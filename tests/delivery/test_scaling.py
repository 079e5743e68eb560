"""The model of scaling: its volume is what exchanges are given, its times follow the formulas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from appliance.config import load_config, parse_settings
from appliance.data import load_dataset
from appliance.training.loop import Training
from delivery.scaling import networks
from delivery.scaling.counting import Counting, Message
from delivery.scaling.model import fit_network, fit_step, predict, scale
from delivery.scaling.networks import Network, reduce_all
from delivery.scaling.page import format_tables, replace_tables
from delivery.scaling.volume import find_volume
from support.worker_threads import run_workers

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config

pytestmark = pytest.mark.checkout

LINE = Network(name="a line", latency=1.0, per_byte=0.5, per_addition=0.25, source="a test")
NORMALISED: list[Any] = [
    {"kind": "conv2d", "channels": 4, "kernel": 5},
    {"kind": "batch_norm"},
    {"kind": "relu"},
    {"kind": "max_pool", "kernel": 4},
    {"kind": "flatten"},
    {"kind": "dense", "units": 16},
    {"kind": "batch_norm"},
    {"kind": "dense", "units": 10},
]


def load(name: str) -> Config:
    """Return a configuration of one epoch with few samples, so that the last batch is as large as the others."""
    if name != "batch normalisation":
        config = load_config(name, overrides=("data.train_samples=40", "data.test_samples=20", "training.epochs=1"))
        return attrs.evolve(config, training=attrs.evolve(config.training, batch_size=20))
    return parse_settings(
        {
            "schema": "repro-appliance/config/1",
            "name": "own",
            "seed": 5,
            "precision": "f32",
            "data": {"source": "synthetic", "train_samples": 40, "test_samples": 20},
            "model": {"layers": NORMALISED},
            "training": {"epochs": 1, "batch_size": 20},
            "optimizer": {"name": "sgd", "learning_rate": 0.1},
        },
        where="a test",
    )


@pytest.mark.parametrize("workers", [2, 3, 5])
@pytest.mark.parametrize(
    "name",
    [
        "smoke",
        "smoke-f64",
        "adam",
        "deep-momentum",
        "regression",
        "lenet-small",
        "transformer-small",
        "batch normalisation",
    ],
)
def test_the_volume_of_the_model_is_what_the_exchange_is_given(name: str, workers: int) -> None:
    """Kind, order and bytes of every reduction of every step, on every worker; then what ends the epoch."""
    config = load(name)
    data = load_dataset(config.data, config.seed, None)
    expected = find_volume(config, data, workers)

    def train(inner: Any) -> list[Message]:  # noqa: ANN401 - the exchange of a thread
        exchange = Counting(inner)
        training = Training(config, data, portable=True, exchange=exchange)
        training.run()
        return exchange.messages

    for found in run_workers(workers, train):
        steps, ends = found[: 2 * len(expected.step)], found[2 * len(expected.step) :]
        assert sort(steps) == sort([*expected.step, *expected.step])
        assert sum(message.size for message in ends) == expected.epoch


def sort(messages: list[Message]) -> list[tuple[str, int]]:
    """Return messages in an order of their own."""
    return sorted((message.operation, message.size) for message in messages)


def test_one_worker_and_small_batches_exchange_nothing_in_a_step() -> None:
    """A batch with fewer samples than workers is computed whole by each of them."""
    config = load("smoke")
    data = load_dataset(config.data, config.seed, None)
    assert find_volume(config, data, 1).step == find_volume(config, data, 21).step == ()
    assert find_volume(config, data, 20).step_size > 0


def test_the_bound_holds_for_1024_workers() -> None:
    """At the largest batch the sums of 1,024 workers stay below 2**63, and they have more bits than those of two."""
    config = load("smoke")
    data = load_dataset(config.data, config.seed, None)
    assert find_volume(config, data, 2).bound < find_volume(config, data, 1024, 65536).bound < 2**63


@pytest.mark.parametrize(
    ("workers", "doubling", "halving", "ring"),
    [
        (1, 0.0, 0.0, 0.0),
        (2, 1 + 8 * 0.75, 2 + 4 * 1.25, 2 + 4 * 1.25),
        (4, 2 * (1 + 8 * 0.75), 4 + 6 * 1.25, 6 + 6 * 1.25),
        (3, 2 * (1 + 8 * 0.75) + 5, 2 + 4 * 1.25 + 2 * 5 + 2, 4 + 8 * 2 / 3 * 1.25),
    ],
)
def test_times_follow_the_formulas(workers: int, doubling: float, halving: float, ring: float) -> None:
    """Eight bytes on a slow line, by hand."""
    found = [find(LINE, workers, 8) for find in networks.ALGORITHMS.values()]
    assert found == pytest.approx([doubling, halving, ring])


def test_the_fastest_algorithm_is_taken_for_each_message() -> None:
    """A short message takes few steps; a long one carries few bytes; one worker takes no time."""
    assert reduce_all(LINE, 64, [Message("max", 1)])[1] == ("recursive doubling",)
    assert reduce_all(LINE, 63, [Message("sum", 10**6)])[1] == ("ring",)
    total, names = reduce_all(LINE, 64, [Message("max", 1), Message("sum", 10**6)])
    assert total == pytest.approx(
        reduce_all(LINE, 64, [Message("max", 1)])[0] + reduce_all(LINE, 64, [Message("sum", 10**6)])[0]
    )
    assert len(names) == 2
    assert reduce_all(LINE, 1, [Message("max", 1)]) == (0.0, ())


def test_a_network_and_a_step_are_fitted_to_measurements() -> None:
    """Latency is that of a short reduction; shares lie on a line with a fixed part."""
    found = fit_network(
        "here", {"1024": {"seconds": 2e-6, "addition": 0.0}, "1048576": {"seconds": 3e-6, "addition": 1e-6}}
    )
    assert (found.latency, found.per_byte) == pytest.approx((2e-6, 0.0))
    assert found.per_addition == pytest.approx(1e-6 / 2**20)
    step = fit_step({"batch": 64, "whole": {"64": 0.65, "128": 1.29}, "parts": {"2": 0.42, "4": 0.26, "8": 0.18}})
    assert (step.sample, step.fixed) == pytest.approx((0.01, 0.1))
    assert (step.compute(32), step.compute_alone(64)) == pytest.approx((0.42, 0.65))


def test_a_step_takes_its_share_and_its_reductions() -> None:
    """Efficiency is the speed-up of each worker."""
    assert predict(1.0, [Message("sum", 8)], LINE, 2) == pytest.approx(1.0 + 7.0)
    step = fit_step({"batch": 64, "whole": {"64": 0.64, "128": 1.28}, "parts": {"2": 0.42, "4": 0.26}})
    found = scale(step, [], LINE, 4, 64)
    assert (found["seconds"], found["speed_up"]) == pytest.approx((0.26, 0.64 / 0.26))
    assert found["efficiency"] == pytest.approx(found["speed_up"] / 4)


def test_tables_stand_between_their_marks() -> None:
    """Every table has marks of its name, and a page without them is refused."""
    assert (
        replace_tables("x\n<!-- a -->\nold\n<!-- /a -->\ny", {"a": "new"}) == "x\n<!-- a -->\n\nnew\n\n<!-- /a -->\ny"
    )
    with pytest.raises(ValueError, match="no <!-- a -->"):
        replace_tables("x", {"a": "new"})


@pytest.mark.checkout
def test_the_page_has_the_tables_of_its_record(checkout: Path) -> None:
    """`docs/scaling.md` is made of `docs/scaling.json`; volumes were equal, bounds below 63 bits."""
    record = json.loads((checkout / "docs" / "scaling.json").read_text(encoding="utf-8"))
    page = (checkout / "docs" / "scaling.md").read_text(encoding="utf-8")
    tables = format_tables(record)
    assert replace_tables(page, tables) == page
    assert "equal" in tables["volume"]
    assert "DIFFERENT" not in tables["volume"]
    assert all(found["bound_bits"]["1024"] <= 63 for found in record["volumes"].values())
    for found in record["measured"]["libraries"].values():
        runs = found["floats"].values()
        assert len({run["portable"]["weights"] for run in runs}) == 1
        assert len({run["native"]["weights"] for run in runs}) > 1
