"""Samples that are stored together, divided into training and test.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.data.changed_rows import choose_rows
from appliance.data.source import Part
from appliance.errors import DataError
from appliance.streams import draw_permutation

if TYPE_CHECKING:
    from appliance.config.own_data import SplitConfig

_LEAST = 2  # one for each part


def split_part(whole: Part, split: SplitConfig, where: str) -> tuple[Part, Part]:
    """Return the samples for training and for the test: the last ones, in the order that the split says.

    The random order is that of the stream ("split") of the split's own seed. A fraction gives the number
    `count * fraction`, rounded to the nearest whole number, to even.

    Raises:
        DataError: there are too few samples, or none would be left for one of the parts.
    """
    count = len(whole.labels)
    if count < _LEAST:
        raise DataError(
            "there are too few samples to divide", expected=f"at least {_LEAST} samples", found=count, where=where
        )
    tested = split.test_samples or round(count * split.test_fraction)
    if not 0 < tested < count:
        raise DataError(
            "a split leaves no samples for one part",
            expected=f"1 to {count - 1} samples for the test",
            found=tested,
            where=where,
            remedy="change data.split in the configuration",
        )
    if split.order == "shuffled":
        order = draw_permutation(count, split.seed, "split")
    else:
        order = np.arange(count, dtype=np.intp)
    train, test = order[: count - tested], order[count - tested :]
    return tuple(Part(choose_rows(whole.features, part), whole.labels[part]) for part in (train, test))  # type: ignore[return-value]
