"""Samples that are together are divided by a stream or by their order."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.config.own_data import SplitConfig
from appliance.data import MemoryRows
from appliance.data.source import Part
from appliance.data.splits import split_part
from appliance.errors import DataError
from appliance.streams import draw_permutation

WHOLE = Part(MemoryRows(np.arange(50, dtype=np.float32).reshape(25, 2)), np.arange(25))


@pytest.mark.parametrize(
    ("split", "tested"),
    [
        (SplitConfig(test_samples=1), 1),
        (SplitConfig(test_samples=24), 24),
        (SplitConfig(test_fraction=0.2), 5),
        (SplitConfig(test_fraction=0.1), 2),
        (SplitConfig(test_fraction=0.3), 8),
    ],
)
def test_counts(split: SplitConfig, tested: int) -> None:
    """A count is taken as it is, a fraction is rounded, to even; no sample is lost and none is in both parts."""
    train, test = split_part(WHOLE, split, "mine")
    assert (len(train.labels), len(test.labels)) == (25 - tested, tested)
    assert sorted([*train.labels.tolist(), *test.labels.tolist()]) == list(range(25))


def test_orders() -> None:
    """The last samples of the order are for the test: those of the file, or of the stream of the split's own seed."""
    train, test = split_part(WHOLE, SplitConfig(test_samples=5, order="stored"), "mine")
    assert train.labels.tolist() + test.labels.tolist() == list(range(25))
    train, test = split_part(WHOLE, SplitConfig(test_samples=5, seed=3), "mine")
    assert train.labels.tolist() + test.labels.tolist() == draw_permutation(25, 3, "split").tolist()
    assert train.features.read()[:, 0].tolist() == [2 * label for label in train.labels.tolist()]
    assert split_part(WHOLE, SplitConfig(test_samples=5, seed=4), "mine")[1].labels.tolist() != test.labels.tolist()


@pytest.mark.parametrize("split", [SplitConfig(test_samples=25), SplitConfig(test_fraction=0.001)])
def test_nothing_for_one_part_is_refused(split: SplitConfig) -> None:
    """A part without samples is one error that says what is possible."""
    with pytest.raises(DataError, match="leaves no samples") as caught:
        split_part(WHOLE, split, "mine")
    assert caught.value.expected == "1 to 24 samples for the test"


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_samples_are_told_as_such(count: int) -> None:
    """No number of test samples divides one sample or none."""
    few = Part(MemoryRows(np.zeros((count, 2), dtype=np.float32)), np.zeros(count, dtype=np.int64))
    with pytest.raises(DataError, match="too few samples") as caught:
        split_part(few, SplitConfig(test_samples=1), "mine")
    assert (caught.value.expected, caught.value.found) == ("at least 2 samples", count)
