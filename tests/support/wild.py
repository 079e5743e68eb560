"""Numbers that arithmetic finds hard: any exponent from subnormal to the cap, sums that cancel, zeros of both signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from hypothesis import strategies as st

from appliance.numerics.formats import FORMATS
from appliance.streams import draw_uniform, draw_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


@attrs.frozen(kw_only=True)
class Kind:
    """How to draw numbers: a format, the exponents they have, and whether most of a sum cancels."""

    seed: int
    name: str
    low: int
    high: int
    cancels: bool

    def draw(self, label: str, *shape: int) -> Floats:
        """Return numbers of that kind; another label gives others."""
        fmt, count = FORMATS[self.name], int(np.prod(shape))
        steps = draw_words(count, self.seed, label, 1) % np.uint64(self.high - self.low + 1)
        values = np.ldexp(draw_uniform(count, self.seed, label, 2) - 0.5, self.low + steps.astype(np.int64))
        if self.cancels:
            half = count // 2
            values[half : 2 * half] = -values[:half] * (1 + 2.0**-20)
        values[draw_words(count, self.seed, label, 3) % np.uint64(7) == 0] = 0.0
        values[draw_words(count, self.seed, label, 4) % np.uint64(11) == 0] *= -0.0
        with np.errstate(under="ignore"):
            return values.astype(fmt.dtype).reshape(shape)


@st.composite
def kinds(draw: st.DrawFn) -> Kind:
    """Draw a kind: all of one size, or spread from subnormal numbers to just below the cap of grids."""
    name = draw(st.sampled_from(["f32", "f64"]))
    fmt = FORMATS[name]
    smallest = int(np.log2(float(np.finfo(fmt.dtype).smallest_subnormal)))
    edges = st.sampled_from([smallest, smallest + 30, -fmt.exponent_cap, -8, 0, 8, fmt.exponent_cap])
    low, high = sorted((draw(edges), draw(edges)))
    return Kind(seed=draw(st.integers(0, 2**32)), name=name, low=low, high=high, cancels=draw(st.booleans()))
