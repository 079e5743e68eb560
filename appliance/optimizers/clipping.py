"""Clipping: all gradients of a step together are made smaller where their norm is above a limit.

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.numerics.formats import F64
from appliance.numerics.grids import find_exponent, make_constant, measure_magnitude, round_by_constant
from appliance.numerics.plans import NOW
from appliance.numerics.sums import add_rows, limit_addends
from appliance.numerics.workspace import Workspace
from appliance.optimizers.decay import flush_small

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config.optimizers import OptimizerConfig
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Floats


class Clipping:
    """Multiplies all gradients by `min(1, limit / norm)`, as torch.nn.utils.clip_grad_norm_ without its 1e-6.

    The norm is that of all entries of all gradients. Each gradient's sum of squares is a sum in any order; these sums
    are added in the order of the gradients. So the bits depend on the gradients only, not on parts of a batch.

    In a training step call `apply` after every gradient of the whole batch is there, with the optimizer's rate not in
    it, and before the first update. `apply` can be listed in a plan, once for each set of arrays.

    Args:
        limit: the largest norm that is left as it is, above 0.
        sizes: the number of entries of each parameter, in the order of `Network.parameters()`. A gradient may have
            fewer, where rows that are zero in every step are left out: that changes no bit.
        fmt: the number format.
        portable: sums that are exact on a grid; False for plain NumPy.

    Attributes:
        norm: shape (), float64; the norm that the last `apply` found.
        factor: shape (), of the format; what it multiplied by.
    """

    def __init__(self, limit: float, sizes: Sequence[int], fmt: Format, *, portable: bool) -> None:
        self.norm = np.zeros((), dtype=np.float64)
        self.factor = np.ones((), dtype=fmt.dtype)
        self._limit = limit
        self._sizes = tuple(sizes)
        self._fmt = fmt
        self._portable = portable
        self._wide = Workspace(np.float64)
        self._narrow = Workspace(fmt.dtype)

    def apply(self, gradients: Sequence[Floats], do: Do = NOW) -> None:
        """Change gradients of any shapes in place.

        Raises:
            NonFiniteError: a gradient holds a NaN, an infinity, or (portable) a square of 2**400 or more.
            ValueError: there are not as many gradients as sizes.
        """
        sums = np.zeros(len(self._sizes), dtype=np.float64)
        for number, (gradient, size) in enumerate(zip(gradients, self._sizes, strict=True)):
            self._add_squares(gradient, size, sums[number : number + 1], do)
        do.host(self._choose, sums)
        for gradient in gradients:
            do("multiply", gradient, self.factor, gradient)
            if self._portable:
                flush_small(gradient, self._fmt, do)

    def _add_squares(self, gradient: Floats, size: int, out: Floats, do: Do) -> None:
        """Write the sum of the squares of one gradient into out (1,)."""
        squares = self._wide.take("squares", *gradient.shape)
        do("multiply", gradient, gradient, squares, dtype=np.float64)
        if self._portable:
            magnitude, constant = np.zeros((), dtype=self._fmt.dtype), np.zeros((), dtype=np.float64)
            measure_magnitude(gradient, self._narrow.take("sizes", *gradient.shape), magnitude, do)
            do.host(_choose_grid, magnitude, size, constant)
            round_by_constant(squares, constant, squares, do)
        rows = squares.reshape(len(gradient) if gradient.ndim > 1 else -1, -1 if gradient.ndim > 1 else 1)
        columns = self._wide.take("columns", rows.shape[1])
        add_rows(rows, columns, do)
        add_rows(columns.reshape(-1, 1), out, do)

    def _choose(self, sums: Floats) -> None:
        """Find the norm and the factor from the sums of squares."""
        total = 0.0
        for square in sums.tolist():
            total += square
        norm = math.sqrt(total)
        self.norm.fill(norm)
        self.factor.fill(self._limit / norm if norm > self._limit else 1.0)


def _choose_grid(magnitude: Floats, size: int, constant: Floats) -> None:
    """Write the rounding constant of the finest grid on which the sum of so many squares is exact."""
    largest = float(magnitude) * float(magnitude)
    constant.fill(make_constant(find_exponent(largest, limit_addends(size, F64), F64), F64))


def make_clipping(config: OptimizerConfig, sizes: Sequence[int], fmt: Format, *, portable: bool) -> Clipping | None:
    """Return the configured clipping for whole parameters of these sizes; None where there is no limit."""
    return Clipping(config.clip_norm, sizes, fmt, portable=portable) if config.clip_norm else None
