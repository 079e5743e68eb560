"""What layers are built with: the number format and the seed of their initial parameters.

Part of bits 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.streams import draw_uniform

if TYPE_CHECKING:
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format


@attrs.frozen(kw_only=True)
class Builder:
    """The number format and the seed of initial parameters."""

    fmt: Format
    seed: int

    def draw_weight(self, number: int, fan_in: int, width: int) -> Floats:
        """Return the initial weight (fan_in, width) of the weighted layer of that number, counted from 1.

        Uniform in +-sqrt(6 / fan_in) (He et al., ICCV 2015), drawn in float64 from the stream "init", index `number`,
        then rounded to the format.
        """
        uniform = draw_uniform(fan_in * width, self.seed, "init", number).reshape(fan_in, width)
        values = (uniform * 2.0 - 1.0) * np.sqrt(np.float64(6.0) / np.float64(fan_in))
        return np.asarray(values.astype(self.fmt.dtype))
