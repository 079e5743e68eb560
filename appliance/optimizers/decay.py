"""Weight decay as a part of the gradient (L2), and the smallest part that a gradient can have.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.numerics.grids import round_by_constant
from appliance.numerics.plans import NOW
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Floats


def flush_small(x: Floats, fmt: Format, do: Do = NOW) -> Floats:
    """Round x in place, so that all its entries are multiples of 2**(1 - cap - significand).

    Gradients have no smaller parts either. Then no optimizer meets a subnormal number in its products with them.
    """
    return round_by_constant(x, fmt.dtype(2.0**-fmt.exponent_cap), x, do)


class CoupledDecay:
    """Adds `decay * w` to the gradient of a parameter w, as `weight_decay` of torch.optim.SGD and torch.optim.Adam.

    Args:
        decay: the factor; 0 changes nothing.
        fmt: the number format.
        portable: whether `decay * w` is kept free of subnormal numbers.
    """

    def __init__(self, decay: float, fmt: Format, *, portable: bool) -> None:
        self.active = bool(decay)
        self._factor = fmt.dtype(decay)
        self._fmt = fmt
        self._portable = portable
        self._work = Workspace(fmt.dtype)

    def add(self, parameter: Floats, gradient: Floats, do: Do = NOW) -> None:
        """Change the gradient in place; both arrays have one shape."""
        if not self.active:
            return
        spare = self._work.take("spare", gradient.size).reshape(gradient.shape)
        do("multiply", parameter, self._factor, spare)
        if self._portable:
            flush_small(spare, self._fmt, do)
        do("add", gradient, spare, gradient)
