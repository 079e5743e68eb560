"""Symmetries of training: samples and units that change places change nothing but places, to the bit."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.numerics.formats import FORMATS, find_kind
from appliance.streams import draw_words
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_tables_config, make_trainer
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.schema import Config

    Places = NDArray[np.intp]
    Parameters = dict[str, NDArray[np.floating[Any]]]


def shuffle(count: int, seed: int, name: str) -> Places:
    """Return a permutation of range(count)."""
    return np.argsort(draw_words(count, seed, name), kind="stable")


def shuffle_pieces(count: int, seed: int, name: str, precision: str) -> Places:
    """Return a permutation of range(count) that leaves every number in its piece of an inner dimension."""
    pieces = find_kind(FORMATS[precision], accurate=False).split(count)
    return np.concatenate([start + shuffle(stop - start, seed, f"{name}, {start}") for start, stop in pieces])


def train(
    config: Config, seed: int, *, samples: bool = False, units: bool = False, portable: bool = True, size: int = 24
) -> Parameters:
    """Return the parameters after four steps.

    With `samples`, every batch comes in another order. With `units`, all units start in other places of their piece,
    pixels and classes among them, and are brought back at the end.
    """
    trainer = make_trainer(config, portable=portable)
    sizes = config.model.widths or ()
    moved = [shuffle_pieces(size, seed, f"units {i}", config.precision) for i, size in enumerate(sizes)]
    places = moved if units else [np.arange(size) for size in sizes]
    for number, (above, below) in enumerate(pairwise(places), start=1):
        weight = trainer.network.parameters()[f"dense_{number}.weight"]
        weight[:] = weight[above][:, below]
    trainer.reset_bounds()
    classes = np.argsort(places[-1]).astype(np.uint8)
    with trainer.select_columns(None):
        for step in range(4):
            pixels, labels = make_batch(size, seed=step)
            order = shuffle(size, seed, f"samples {step}") if samples else np.arange(size)
            trainer.step(Samples(pixels[order][:, places[0]], classes[labels[order]]), 0.05)
    found = {}
    for number, (above, below) in enumerate(pairwise(places), start=1):
        weight, bias = (trainer.network.parameters()[f"dense_{number}.{name}"] for name in ("weight", "bias"))
        found[f"{number}.weight"] = weight[np.argsort(above)][:, np.argsort(below)]
        found[f"{number}.bias"] = bias[np.argsort(below)]
    return found


def agree(a: Parameters, b: Parameters) -> bool:
    """Return whether all parameters have the same bits."""
    return all(value.tobytes() == b[name].tobytes() for name, value in a.items())


RULES = st.tuples(st.sampled_from(["f32", "f64"]), st.sampled_from(["sgd", "momentum", "adam"]))


@given(RULES, st.integers(0, 2**32), st.sampled_from([24, 256, 257, 600]))
@settings(max_examples=12)
def test_samples_of_a_batch_have_no_order(rule: tuple[str, str], seed: int, size: int) -> None:
    """A batch of one piece or more gives the same weights in every order of its samples."""
    config = make_config(layers=(784, 30, 20, 10), precision=rule[0], name=rule[1])
    assert agree(train(config, seed, samples=True, size=size), train(config, seed, size=size))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_samples_have_no_order_in_layers_per_position(optimizer: str) -> None:
    """Rows of positions, more of them than a piece has, in fast and in accurate products."""
    layers: tuple[dict[str, object], ...] = (
        {"kind": "dense", "units": 6, "per_position": True},
        {"kind": "relu"},
        {"kind": "dense", "units": 10, "product": "accurate"},
    )
    config, digests = make_tables_config(*layers, name=optimizer), []
    for shuffled in (False, True):
        trainer = make_trainer(config)
        trainer.reset_bounds()
        for step in range(3):
            pixels, labels = make_batch(30, seed=step)
            order = shuffle(30, step, "samples") if shuffled else np.arange(30)
            trainer.step(Samples(pixels[order], labels[order]), 0.05)
        digests.append(digest_arrays(trainer.network.parameters()))
    assert digests[0] == digests[1]


@given(RULES, st.integers(0, 2**32), st.sampled_from([(784, 30, 20, 10), (784, 300, 10), (784, 10)]))
@settings(max_examples=12)
def test_hidden_units_and_classes_have_no_order(rule: tuple[str, str], seed: int, layers: tuple[int, ...]) -> None:
    """Units in other places learn what they learnt before."""
    config = make_config(layers=layers, precision=rule[0], name=rule[1])
    assert agree(train(config, seed, units=True), train(config, seed))


@pytest.mark.parametrize("kind", ["samples", "units"])
def test_native_training_has_an_order(kind: str) -> None:
    """Negative control: in plain NumPy the same changes of places reach bits."""
    config = make_config(layers=(784, 260, 10), precision="f32")
    assert not agree(train(config, 1, portable=False, **{kind: True}), train(config, 1, portable=False))


def test_samples_that_change_places_with_their_labels_left_behind_reach_bits() -> None:
    """Negative control: another batch gives other weights, so the comparison sees something."""
    config = make_config()
    plain, other = make_trainer(config, portable=True), make_trainer(config, portable=True)
    pixels, labels = make_batch()
    plain.step(Samples(pixels, labels), 0.1)
    other.step(Samples(pixels[::-1], labels), 0.1)
    assert not agree(plain.network.parameters(), other.network.parameters())
