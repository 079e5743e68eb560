"""Choosing what an epoch reads: unused columns are found and left out, nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.streams import draw_words
from appliance.training.loop import find_used, gather_columns


@pytest.mark.parametrize("width", [8, 784, 5, 0])
def test_used_columns_are_found(width: int) -> None:
    """A column counts as used if any sample has any bit set in it, whatever the width and layout."""
    features = np.zeros((20, width), dtype=np.uint8)
    features[3, 1::3] = 1
    features[7, ::4] = 128
    expected = features.any(axis=0)
    assert (find_used(features) != 0).tolist() == expected.tolist()
    assert (find_used(np.asfortranarray(features)) != 0).tolist() == expected.tolist()


@given(st.sets(st.integers(0, 39)))
def test_gathering_equals_indexing(chosen: set[int]) -> None:
    """Runs of neighbouring columns are copied to the same place that indexing gives."""
    columns = np.array(sorted(chosen), dtype=np.intp)
    features = (draw_words(13 * 40, 1, "gather").reshape(13, 40) >> np.uint64(56)).astype(np.uint8)
    assert gather_columns(features, columns).tolist() == features[:, columns].tolist()
