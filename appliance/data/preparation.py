"""How stored samples became those of a data set, so that new samples can be treated in the same way.

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.changed_rows import change_rows
from appliance.data.controls import require_controls
from appliance.data.features import cast_rows, control_values
from appliance.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.data.changes import ResultType, Scale
    from appliance.data.rows import Rows


@attrs.frozen(kw_only=True, eq=False)
class Preparation:
    """What was done with the samples of a data set, and what is known of them.

    Attributes:
        feature_type: the type of the features before they were scaled.
        sample_shape: the shape of one sample.
        scale: what features were scaled by; None for nothing.
        target_scale: what targets were scaled by; None for nothing.
        class_names: the names of the classes, in the order of their numbers, if they have any.
        categories: the texts of the categories of a table, by the names of their columns.
    """

    feature_type: ResultType
    sample_shape: tuple[int, ...]
    scale: Scale | None = None
    target_scale: Scale | None = None
    class_names: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)

    def prepare(self, rows: Rows, where: str) -> Rows:
        """Return new samples (n, ...) as features (n, k), as the samples of the data set were made.

        Args:
            rows: samples of any type of numbers, as they are stored.
            where: what errors call them.

        Raises:
            DataError: a sample has another number of values, or a value that the type cannot hold.
        """
        width = math.prod(self.sample_shape)
        if math.prod(rows.shape[1:]) != width:
            raise DataError(
                "new samples have another shape",
                expected=f"{width} values for each sample, as in {self.sample_shape}",
                found=str(rows.shape[1:]),
                where=where,
            )
        flat = rows.flatten()
        require_controls([control_values(flat, self.feature_type, where)])
        cast = cast_rows(flat, self.feature_type)
        return cast if self.scale is None else change_rows(cast, self.scale)

    def restore_targets(self, outputs: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Return outputs (n, t) of a network in the units in which the targets are stored."""
        wide = outputs.astype(np.float64)
        return wide if self.target_scale is None else wide * self.target_scale.deviations + self.target_scale.means
