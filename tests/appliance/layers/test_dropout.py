"""Dropout: which values are dropped, by the rule of the page; nothing is in predictions."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.streams import draw_blocks, draw_words
from support.small_layers import Case, make_case_trainer, make_samples

_RATE, _SIZE = 0.3, 19
_CASE = Case([{"kind": "dropout", "rate": _RATE}, {"kind": "dense", "units": 5}], (_SIZE,))


def test_a_block_is_a_part_of_its_stream() -> None:
    """Blocks of any numbers, in any order and repeated, are those of the stream read from its start."""
    words = draw_words(31 * 12, 5, "example", 3).reshape(31, 12)
    numbers = np.array([5, 0, 3, 4, 4, 30])
    assert np.array_equal(draw_blocks(numbers, 3, 5, "example", 3), words[numbers])


@pytest.mark.parametrize("portable", [False, True])
def test_values_are_dropped_by_pieces_of_16_bits(*, portable: bool) -> None:
    """Kept values are divided by 1 - rate; dropped ones are 0, never -0."""
    trainer, samples = make_case_trainer(_CASE, "f32", portable=portable), make_samples(_CASE, rows=3)
    forward = trainer.forward.plan(3, training=True)
    forward.batch.samples[...] = numbers = np.array([100, 7, 0])
    forward.run(samples.features)
    found = forward.signals[1].values
    words = draw_words(101 * 8, 3, "dropout", 1, 2).reshape(101, 8)[numbers]
    pieces = [[int(word) >> shift & 0xFFFF for word in row for shift in (0, 16, 32, 48)] for row in words]
    kept = np.array(pieces)[:, :_SIZE] >= round(_RATE * 2**16)
    expected = np.where(kept, samples.features * np.float32(1 / (1 - _RATE)), np.float32(0.0))
    assert np.array_equal(found.view(np.int32), expected.astype(np.float32).view(np.int32))
    assert 0 < kept.sum() < kept.size


def test_the_rate_is_kept() -> None:
    """Of many values about as many are dropped as the rate says."""
    case = Case([{"kind": "dropout", "rate": _RATE}, {"kind": "dense", "units": 5}], (2000,))
    trainer, samples = make_case_trainer(case, "f32"), make_samples(case, rows=20)
    forward = trainer.forward.plan(20, training=True)
    forward.batch.samples[...] = np.arange(20)
    forward.run(samples.features)
    assert abs(np.count_nonzero(forward.signals[1].values == 0) / 40000 - _RATE) < 0.01


def test_predictions_drop_nothing() -> None:
    """A prediction has the values as they are."""
    trainer, samples = make_case_trainer(_CASE, "f32"), make_samples(_CASE)
    forward = trainer.forward.plan(len(samples.labels))
    forward.run(samples.features)
    assert np.array_equal(forward.signals[1].values, samples.features)


def test_without_numbers_samples_count_from_0() -> None:
    """A step without numbers of samples is one with 0, 1, 2 and so on, in parts as well."""
    samples, weights = make_samples(_CASE), []
    for parts, numbers in ((1, np.arange(16)), (1, None), (4, None)):
        trainer = make_case_trainer(_CASE, "f32", parts=parts)
        trainer.step(samples, 0.1)  # with other numbers, which must not stay
        trainer.step(samples._replace(numbers=numbers), 0.1)
        weights.append(trainer.network.parameters()["dense_1.weight"].copy())
    assert np.array_equal(weights[0], weights[1])
    assert np.array_equal(weights[0], weights[2])
