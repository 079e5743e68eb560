"""The worst errors that docs/numerics.md states, compared with exact values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from appliance.numerics.formats import FORMATS
from appliance.streams import draw_uniform
from delivery.exact_functions import FUNCTIONS, Function
from delivery.worst_errors import measure_exactly

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

ROW = re.compile(r"^\| (\w+) (f32|f64) \| ([0-9.]+) ulp \| `(\S+)` \| ([0-9,]+) \|$", re.MULTILINE)
CASES = [(function, precision) for function in FUNCTIONS for precision in ("f32", "f64")]


@pytest.fixture
def stated(checkout: Path) -> dict[tuple[str, str], tuple[float, float, int]]:
    """Return the specification's worst error, its argument and how many were tried, by function and format."""
    rows = ROW.findall((checkout / "docs/numerics.md").read_text())
    return {
        (name, precision): (float(error), float.fromhex(argument), int(count.replace(",", "")))
        for name, precision, error, argument, count in rows
    }


@pytest.mark.slow
@pytest.mark.parametrize(("function", "precision"), CASES, ids=lambda part: getattr(part, "name", part))
def test_worst_errors_are_as_stated(
    function: Function, precision: str, stated: dict[tuple[str, str], tuple[float, float, int]]
) -> None:
    """The worst argument has the stated error, and none of 4,000 others, by decimal arithmetic, a larger one."""
    error, argument, tried = stated[function.name, precision]
    number = FORMATS[precision].dtype
    assert measure_exactly(function, number(argument)) == pytest.approx(error, abs=5.1e-5)
    assert tried >= 10**8
    low, high = function.ranges[precision]
    u = draw_uniform(4000, 1, f"worst {function.name}")
    spread = np.exp2(np.log2(low) + u[:2000] * (np.log2(high) - np.log2(low))) if low > 0 else low + u[:2000] * -low
    near = 0.9 + u[2000:] * 0.2 if low > 0 else np.clip(u[2000:] - 0.5, low, high)
    others = [measure_exactly(function, x) for x in np.concatenate([spread, near]).astype(number)]
    assert error / 2 < max(others) <= error


def test_every_function_has_its_worst_error_stated(
    stated: dict[tuple[str, str], tuple[float, float, int]],
) -> None:
    """No row is missing and none is left over."""
    assert set(stated) == {(function.name, precision) for function, precision in CASES}


def test_another_function_has_other_errors() -> None:
    """Negative control: the host's own exponential, rounded upwards, is measured as worse."""
    worse = attrs.evolve(FUNCTIONS[0], portable=lambda x: np.nextafter(np.nextafter(np.exp(x), np.inf), np.inf))
    assert measure_exactly(worse, np.float64(0.7)) > 1.4
