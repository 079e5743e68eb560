"""Plain values as whole numbers of each row's unit, ready for an exact product.

Part of bits 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.layer import Signal
from appliance.numerics.grids import find_row_units, round_rows

if TYPE_CHECKING:
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


def round_signed_rows(x: Floats, bits: int, fmt: Format, plan: Plan) -> Signal:
    """Return x (m, k) with entries of either sign as whole numbers of at most 2**bits, in new arrays."""
    values, units = np.empty_like(x), np.empty((len(x), 1), dtype=fmt.dtype)
    plan("abs", x, values)
    find_row_units(values, bits, fmt, units, plan)
    round_rows(x, units, values, fmt, plan)
    return Signal(values, units)
