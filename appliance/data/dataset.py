"""The samples of one run, as unsigned bytes with labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from appliance.data.rows import MemoryRows
from appliance.errors import DataError
from verify.digests import digest_arrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from appliance.data.rows import Rows


@attrs.frozen(kw_only=True, eq=False)
class Dataset:
    """Training and test samples exactly as used, in order.

    Features are rows of uint8, shape (n, k), one row per sample; the value of a feature is `byte / 256`. A row is a
    sample of shape `sample_shape`, flattened, so k is the product of that shape.
    Rows are in memory, or in a file and read when they are needed; no result depends on which. Labels are uint8,
    shape (n,), in memory, each less than `classes`. Arrays made by `load_dataset` are read-only.

    >>> import numpy as np
    >>> from appliance import MemoryRows
    >>> rows, labels = MemoryRows(np.zeros((4, 6), np.uint8)), np.array([0, 1, 1, 0], np.uint8)
    >>> mine = Dataset(
    ...     name="mine",
    ...     train_features=rows,
    ...     train_labels=labels,
    ...     test_features=rows,
    ...     test_labels=labels,
    ...     sample_shape=(2, 3),
    ...     classes=2,
    ... )
    >>> mine.features
    6
    """

    name: str
    train_features: Rows
    train_labels: NDArray[np.uint8]
    test_features: Rows
    test_labels: NDArray[np.uint8]
    sample_shape: tuple[int, ...]
    classes: int

    @property
    def features(self) -> int:
        """The number of features of one sample."""
        return math.prod(self.sample_shape)

    def digest(self) -> str:
        """Return the `sha256:<hex>` of the four arrays with their names; the name of the set is not part of it."""
        return digest_arrays(
            {
                "train_features": self.train_features,
                "train_labels": self.train_labels,
                "test_features": self.test_features,
                "test_labels": self.test_labels,
            }
        )

    def check_unchanged(self, digest: str) -> None:
        """Make sure, after a training, that rows in files still have the digest that they had before it.

        Rows in memory are not read again, because nothing can have changed them.

        Raises:
            DataError: the rows have another digest, or a file cannot be read.
        """
        parts = (self.train_features, self.test_features)
        if all(isinstance(rows, MemoryRows) for rows in parts):
            return
        found = self.digest()
        if found != digest:
            raise DataError(
                "the data has changed while it was in use",
                expected=digest,
                found=found,
                where=self.name,
                remedy="start again, and do not change the files during the run",
            )
