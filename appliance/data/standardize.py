"""Standardisation: less the mean of the training samples, divided by their deviation.

Part of bits 2. Means and variances are exact sums, divided and rounded once to float64 (`appliance.data.moments`);
a deviation is the root of a variance, and 1 where all values are equal.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.data.changes import Scale
from appliance.data.moments import measure
from appliance.data.rows import MemoryRows

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from appliance.config.schema import Standardize
    from appliance.data.rows import Rows

_CHANNELS_FROM = 3  # dimensions of a sample of which the first one is that of channels


def find_feature_scale(train: Rows, sample_shape: tuple[int, ...], kind: Standardize) -> Scale | None:
    """Return what features are scaled by, from the rows of the training part; None for no change.

    Args:
        train: uint8 or float32 (n, k).
        sample_shape: the shape of one sample, of k elements.
        kind: which features have a mean and a deviation in common; "none" for no change.
    """
    return None if kind == "none" else find_scale(train, _group_features(sample_shape, kind))


def find_target_scale(train: NDArray[Any]) -> Scale:
    """Return what targets (n, t) are scaled by, from those of the training part; each has its own mean."""
    return find_scale(MemoryRows(train), list(range(train.shape[1])))


def find_scale(rows: Rows, groups: list[int]) -> Scale:
    """Return the scale of rows (n, k); columns with the same number in `groups` have one mean and one deviation."""
    moments = measure(rows).merge(groups)
    means = np.array(moments.find_means())[groups]
    deviations = np.array([deviation or 1.0 for deviation in moments.find_deviations()])[groups]
    return Scale(means, deviations)


def _group_features(sample_shape: tuple[int, ...], kind: Standardize) -> list[int]:
    """Return the number of the group of each feature of a sample."""
    width = math.prod(sample_shape)
    if kind == "all" or (kind == "channel" and 1 < len(sample_shape) < _CHANNELS_FROM):
        return [0] * width
    size = width // sample_shape[0] if kind == "channel" else 1
    return [feature // size for feature in range(width)]
