"""Gradients over many rows: exact sums of pieces, added in float64 from left to right, and rounded once."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.layers.column_terms import ColumnTerm
from appliance.layers.product_terms import ProductTerm
from appliance.layers.relu import PortableRelu
from appliance.numerics.formats import F32, FORMATS, Kind, find_kind
from appliance.numerics.plans import NOW
from appliance.streams import draw_words
from support.single_layers import draw, find_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

KINDS = [find_kind(FORMATS[precision], accurate=accurate) for precision in ("f32", "f64") for accurate in (False, True)]


def make_term(kind: Kind, count: int) -> tuple[ProductTerm, Floats]:
    """Return a rounded term of so many rows, with operands at the edge of the budget, and its addends in units."""
    fmt = F32 if kind.fmt.exponent_cap == F32.exponent_cap else kind.fmt
    bits = kind.find_row_bits(count, kind.left_bits)
    left = 2**kind.left_bits - (draw_words(count * 5, 1, "left") % np.uint64(3)).astype(np.int64).reshape(count, 5)
    right = 2**bits - (draw_words(count * 4, 1, "right") % np.uint64(3)).astype(np.int64).reshape(count, 4)
    left[:, 1] *= -1
    units = np.exp2([-3, 0, 5, -bits])
    term = ProductTerm(
        PortableRelu("x", fmt),
        "weight",
        ((right - 1) * units).astype(kind.fmt.dtype),
        count,
        operand=left.astype(kind.fmt.dtype),
        bits=kind.left_bits,
        kind=kind,
    )
    term.measure(NOW)
    term.check()
    term.choose(count, NOW)
    term.round(NOW)
    return term, units


def add_pieces(term: ProductTerm) -> Floats:
    """Return the gradient from whole numbers: exact sums of pieces, added in float64 from left to right."""
    sums = []
    for start, stop in term.kind.split_rows(len(term.operand)):
        left, right = term.operand[start:stop].astype(np.float64), term.addends[start:stop].astype(np.float64)
        units = find_units(right)
        whole = [[int(a) for a in row] for row in left.T], [[int(b) for b in column] for column in (right / units).T]
        exact = [[sum(a * b for a, b in zip(r, c, strict=True)) for c in whole[1]] for r in whole[0]]
        sums.append(np.array([[float(value) for value in row] for row in exact]) * units)
    total = sums[0]
    for piece in sums[1:]:
        total = total + piece
    return total.astype(term.layer.fmt.dtype)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name} {kind.fmt.name}")
@pytest.mark.parametrize("pieces", [1, 1.01, 2, 3.4])
def test_pieces_over_rows_are_added_exactly(kind: Kind, pieces: float) -> None:
    """The gradient is that of whole numbers, whole or in parts that do not meet the pieces, in any order."""
    count = int(kind.rows * pieces)
    term, _ = make_term(kind, count)
    expected = add_pieces(term).tobytes()
    assert term.find_gradient(NOW).tobytes() == expected
    for cuts in ([0, count], [0, 1, count // 3, count - 7, count]):
        total = term.begin(count, NOW)
        for start, stop in sorted(pairwise(cuts), reverse=True):
            part = ProductTerm(
                term.layer, "weight", term.addends[start:stop], stop - start,
                operand=term.operand[start:stop], bits=term.bits, kind=kind,
            )  # fmt: skip
            total.add(part)
        assert total.finish().tobytes() == expected


def test_float32_sums_of_pieces_are_exact() -> None:
    """Float64 holds the sum of all pieces of a fast product, so that no order of them can show."""
    kind = find_kind(F32, accurate=False)
    term, _ = make_term(kind, 3000)
    whole = term.operand.T.astype(np.float64) @ term.addends.astype(np.float64)
    assert term.find_gradient(NOW).tobytes() == whole.astype(np.float32).tobytes()


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("count", [1, 4096, 4097, 9001])
def test_column_sums_are_exact_for_any_number_of_rows(precision: str, count: int) -> None:
    """The gradient of a bias is the exact sum of rounded addends, rounded once; they keep 12 bits or more."""
    fmt = FORMATS[precision]
    plain = (1.0 - draw("addends", count, 3, low=0.0) / 2) * np.exp2([-20, 0, 9])
    addends = plain.astype(fmt.dtype)
    term = ColumnTerm(PortableRelu("x", fmt), "bias", addends, count)
    term.measure(NOW)
    term.check()
    term.choose(count, NOW)
    term.round(NOW)
    exact = [float(sum(map(Fraction, column))) for column in addends.T.tolist()]
    found = term.find_gradient(NOW)
    assert found.tobytes() == np.array(exact).astype(fmt.dtype).tobytes()
    assert (np.abs(addends - plain) <= 2.0**-12 * plain.max(axis=0)).all()
    total = term.begin(count, NOW)
    for start, stop in ((count // 3, count), (0, count // 3)):
        if start < stop:
            total.add(ColumnTerm(term.layer, "bias", addends[start:stop], stop - start))
    assert total.finish().tobytes() == found.tobytes()
