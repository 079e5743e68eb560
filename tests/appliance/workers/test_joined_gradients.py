"""Integer sums over workers become gradients with one rounding, whatever their type and the way of conversion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from appliance.layers.column_terms import ColumnTerm
from appliance.layers.relu import PortableRelu
from appliance.numerics.formats import FORMATS
from appliance.numerics.plans import Plan
from appliance.streams import draw_words
from appliance.training.joined_gradients import JoinedGradient

WIDTH = 5000


def convert(precision: str, kind: type[np.signedinteger[Any]], bits: int) -> tuple[bytes, bytes]:
    """Return the gradient of sums of so many bits, as a plan makes it and by way of float64."""
    fmt = FORMATS[precision]
    addends = np.exp2(draw_words(WIDTH, 1, "sizes") % 60 - 30.0).astype(fmt.dtype).reshape(1, WIDTH)
    term, plan = ColumnTerm(PortableRelu("x", fmt), "bias", addends, 1), Plan()
    term.measure(plan)
    term.choose(32, plan)
    sums = ((draw_words(WIDTH, 1, "sums") >> (64 - bits)).astype(np.int64) - 2 ** (bits - 1)).astype(kind)
    found = JoinedGradient(term, [sums], plan).list_all(plan)
    plan.run()
    return found.tobytes(), (sums * term.find_units()).astype(fmt.dtype).tobytes()


@pytest.mark.parametrize(
    ("precision", "kind", "bits"),
    [("f32", np.int32, 32), ("f32", np.int64, 53), ("f64", np.int32, 32), ("f64", np.int64, 53)],
)
def test_sums_are_rounded_once(precision: str, kind: type[np.signedinteger[Any]], bits: int) -> None:
    """Most of the sums have more bits than float32 holds."""
    found, expected = convert(precision, kind, bits)
    assert found == expected
