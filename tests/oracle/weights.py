"""Weights on grids, and gradients of parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from oracle import exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.formats import Format, Kind
    from oracle.layers import Rows
    from oracle.optimizers import Tensor

_MOST_ROWS = 4096


class Operand(NamedTuple):
    """Rows of whole numbers, each with its unit as a power of two."""

    units: Sequence[Sequence[int]]
    exponents: list[int]


def round_rows(rows: Rows, bits: int, cap: int) -> Operand:
    """Return rows in whole numbers of their own units."""
    exponents = [exact.find_unit(exact.measure(row), bits, cap) for row in rows]
    return Operand([exact.count_units(row, -e) for row, e in zip(rows, exponents, strict=True)], exponents)


class Columns(NamedTuple):
    """Addends in whole numbers of a unit for each column."""

    units: list[list[int]]
    exponents: list[int]
    magnitude: float

    def scale(self, row: Sequence[float]) -> list[float]:
        """Return a row of sums in its own scale."""
        return [math.ldexp(x, e) for x, e in zip(row, self.exponents, strict=True)]


def round_columns(rows: Rows, bits: int, cap: int) -> Columns:
    """Return rows with each column rounded to the unit of its magnitude."""
    columns = list(zip(*rows, strict=True))
    magnitudes = [exact.measure(column) for column in columns]
    exponents = [exact.find_unit(magnitude, bits, cap) for magnitude in magnitudes]
    units = [exact.count_units(column, -e) for column, e in zip(columns, exponents, strict=True)]
    return Columns([list(row) for row in zip(*units, strict=True)], exponents, max(2.0**-cap, *magnitudes))


def multiply_factors(rows: Rows, factors: Sequence[float], code: Format | Kind) -> Rows:
    """Return rows, each multiplied by its factor."""
    return [code.round([x * f for x in row]) for row, f in zip(rows, factors, strict=True)]


def sum_columns(rows: Rows, fmt: Format) -> list[float]:
    """Return column sums of addends."""
    count = len(rows)
    precision = bits = fmt.precision
    if fmt.code == "f" and count > _MOST_ROWS:
        precision, bits = 53, bits - 2
    else:
        bits = min(bits - (count - 1).bit_length(), bits - 2)
    columns = round_columns(rows, bits, fmt.cap)
    return fmt.round(columns.scale(exact.sum_columns(columns.units, precision)))


class Weight:
    """A weight (k, n), with its grid and the carried bound that decides when to choose another one."""

    def __init__(self, tensor: Tensor, shape: tuple[int, int], limit: int, fmt: Format) -> None:
        self.tensor, self.shape, self.limit, self.fmt = tensor, shape, limit, fmt
        self.bound: float | None = None
        self.exponent = 0
        self.units: list[list[int]] = []

    def choose_grid(self) -> None:
        """Round the weight to a grid: a new one if the carried bound is too large for the old one."""
        if self.bound is None or self.bound > math.ldexp(self.limit, -self.exponent):
            self.bound = exact.measure(self.tensor.values)
            self.exponent = exact.find_exponent(self.bound, 3 * self.limit // 4, self.fmt.cap)
        units = exact.count_units(self.tensor.values, self.exponent)
        self.units = [units[i : i + self.shape[1]] for i in range(0, len(units), self.shape[1])]

    def carry_bound(self, moved: float) -> None:
        """Add one step to the bound."""
        assert self.bound is not None
        self.bound = (self.bound + (1.0 + 2.0**-10) * moved) * (1.0 + 2.0 ** (1 - self.fmt.precision))
