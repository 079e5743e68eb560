"""The samples of one run, held as unsigned bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.digests import digest_arrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from appliance.data.stored import StoredArray

    Features = NDArray[np.uint8] | StoredArray


@attrs.frozen(kw_only=True, eq=False)
class Dataset:
    """Training and test samples exactly as used, in order.

    Features are uint8, shape (n, 784), C order, one row per image; the value of a pixel is `byte / 256`.
    They are in memory, or in a file of which rows are read when they are asked for; no result depends on which.
    Labels are uint8, shape (n,), in memory, each less than `classes`. Arrays made by `load_dataset` are read-only.
    """

    name: str
    train_features: Features
    train_labels: NDArray[np.uint8]
    test_features: Features
    test_labels: NDArray[np.uint8]
    classes: int = 10

    def digest(self) -> str:
        """Return the `sha256:<hex>` of the four arrays, by their names; the set's own name is not part of it."""
        return digest_arrays(
            {
                "train_features": self.train_features,
                "train_labels": self.train_labels,
                "test_features": self.test_features,
                "test_labels": self.test_labels,
            }
        )
