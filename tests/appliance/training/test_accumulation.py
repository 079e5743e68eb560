"""Gradient accumulation: a batch in any number of parts gives the bits of the batch in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.layers.terms import Term
from appliance.numerics.formats import Kind
from appliance.streams import draw_words
from appliance.training.accumulation import split_batch
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_tables_config, make_trainer
from verify.digests import digest_arrays
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.config.schema import Config


def train(config: Config, parts: int, sizes: Sequence[int], *, portable: bool = True) -> str:
    """Return the digest of parameters and of the terms of the loss, after one step for each batch size."""
    trainer = make_trainer(config, portable=portable, micro_batches=parts)
    seen: dict[str, NDArray[Any]] = {}
    trainer.reset_bounds()
    with trainer.select_columns(None):
        for step, size in enumerate(sizes):
            terms = trainer.step(Samples(*make_batch(size, seed=step)), 0.05)
            seen |= {f"term {number} of step {step}": np.array(values) for number, values in enumerate(terms)}
    return digest_arrays(trainer.network.parameters() | seen)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("parts", [2, 4, 8])
def test_micro_batches_reach_no_bit(precision: str, optimizer: str, parts: int) -> None:
    """Two, four and eight parts give the weights and losses of one, also of small and last batches."""
    config, sizes = make_config(precision=precision, name=optimizer), (64, 64, 17, 64, 3, 1)
    assert train(config, parts, sizes) == train(config, 1, sizes)


@pytest.mark.slow
@given(
    st.sampled_from(["f32", "f64"]),
    st.sampled_from(["sgd", "momentum", "adam"]),
    st.integers(1, 700),
    st.integers(2, 40),
    st.sampled_from([(784, 10), (784, 5, 10), (784, 30, 20, 10)]),
)
@settings(max_examples=25, deadline=None)
def test_parts_need_not_meet_the_pieces_of_a_product(
    precision: str, optimizer: str, size: int, parts: int, layers: tuple[int, ...]
) -> None:
    """Batches longer than a chunk, cut anywhere, into parts of unequal length or single samples, keep their bits."""
    config = make_config(layers=layers, precision=precision, name=optimizer)
    assert train(config, parts, (size, size)) == train(config, 1, (size, size))


KINDS: dict[str, tuple[dict[str, object], ...]] = {
    "accurate": (
        {"kind": "dense", "units": 12, "product": "accurate"},
        {"kind": "relu"},
        {"kind": "dense", "units": 10},
    ),
    "per position": (
        {"kind": "dense", "units": 12, "per_position": True},
        {"kind": "relu"},
        {"kind": "dense", "units": 5, "per_position": True, "product": "accurate"},
        {"kind": "dense", "units": 10},
    ),
}


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("kind", KINDS)
def test_parts_reach_no_bit_in_layers_of_any_kind(precision: str, optimizer: str, kind: str) -> None:
    """Accurate products, rows of positions, and more rows than a piece has; parts do not meet the pieces."""
    config, sizes = make_tables_config(*KINDS[kind], precision=precision, name=optimizer), (40, 300, 40)
    plain = train(config, 1, sizes)
    assert [train(config, parts, sizes) for parts in (3, 7)] == [plain] * 2


def test_micro_batches_reach_bits_in_native_arithmetic() -> None:
    """Negative control: plain NumPy gives other weights for other parts, close to each other."""
    config = make_config(precision="f32")
    found = {train(config, parts, (64,) * 4, portable=False) for parts in (1, 2, 4, 8)}
    assert len(found) > 1
    ends = []
    for parts in (1, 4):
        trainer = make_trainer(config, portable=False, micro_batches=parts)
        for step in range(4):
            trainer.step(Samples(*make_batch(64, seed=step)), 0.05)
        ends.append(trainer.network.parameters())
    for name, value in ends[0].items():
        np.testing.assert_allclose(ends[1][name], value, rtol=1e-4, atol=1e-6)


def test_a_grid_of_its_own_for_every_part_reaches_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without agreeing on the largest addend first, the laws above fail."""
    config = make_config(precision="f32")
    plain = train(config, 4, (64, 64))
    monkeypatch.setattr(Term, "widen", lambda *_: None)
    assert train(config, 4, (64, 64)) != plain


def train_on_many(parts: int, *, turned: bool = False) -> str:
    """Return the digest after one step on many samples that are almost equal, in f64; `turned` reverses their order."""
    config, count = make_config(layers=(8, 10, 10)), 10 * 4096
    trainer = make_trainer(config, portable=True, micro_batches=parts)
    words = draw_words(count * 8, 1, "pixels").reshape(count, 8)
    pixels, labels = (240 + words % 16).astype(np.uint8), np.zeros(count, dtype=np.uint8)
    trainer.reset_bounds()
    with trainer.select_columns(None):
        trainer.step(Samples(pixels[::-1] if turned else pixels, labels), 0.05)
    return digest_arrays(trainer.network.parameters())


def test_the_order_of_many_samples_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """In f64 all rows are one piece; control: sums of pieces are rounded, and show the order."""
    plain = train_on_many(1)
    assert [train_on_many(parts) for parts in (2, 5, 8)] == [plain] * 3
    assert train_on_many(1, turned=True) == plain
    monkeypatch.setattr(Kind, "split_rows", lambda kind, count: kind.split(count))
    assert train_on_many(1, turned=True) != train_on_many(1)


@pytest.mark.parametrize("portable", [True, False])
def test_a_network_learns_in_parts(portable: bool) -> None:
    """The loss of the batch falls, in either arithmetic."""
    trainer, (pixels, labels) = make_trainer(make_config(), portable=portable, micro_batches=3), make_batch(32)
    losses = [trainer.network.loss.average(trainer.step(Samples(pixels, labels), 0.1)) for _ in range(6)]
    assert losses[-1] < losses[0]


def test_a_value_that_is_not_finite_stops_a_step_in_parts() -> None:
    """A NaN in a weight is refused before anything moves."""
    trainer = make_trainer(make_config(), portable=True, micro_batches=4)
    trainer.network.parameters()["dense_2.weight"][0, 0] = np.nan
    before = trainer.network.parameters()["dense_1.weight"].tobytes()
    with pytest.raises(NonFiniteError), trainer.select_columns(None):
        trainer.step(Samples(*make_batch()), 0.1)
    assert trainer.network.parameters()["dense_1.weight"].tobytes() == before


@given(st.integers(1, 3000), st.integers(1, 100))
def test_parts_cover_a_batch_once(count: int, parts: int) -> None:
    """Parts follow each other without gaps, are never empty, and differ in length by one at most."""
    bounds = split_batch(count, parts)
    assert len(bounds) == min(count, parts)
    assert bounds[0][0] == 0
    assert bounds[-1][1] == count
    assert [start for start, _ in bounds[1:]] == [stop for _, stop in bounds[:-1]]
    lengths = {stop - start for start, stop in bounds}
    assert min(lengths) > 0
    assert max(lengths) - min(lengths) <= 1
