"""docs/library.md: every public function has an example, and a row in the table with its promise."""

from __future__ import annotations

import inspect
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance import portable
from appliance.portable.stream import Stream
from delivery.library_costs import EFFORT, PAGE, ROWS, format_table, measure_cost

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.checkout

_ROW = re.compile(r"^\| `([^`]+)` \| (.+) \| (-|[0-9.]+) \| (-|[0-9.]+) \|$", re.MULTILINE)
# No draws of numbers, so without cost.
_KEYS = {"derive", "spawn"}


def read_table() -> list[tuple[str, str, str, str]]:
    """Return the rows of the page's table."""
    table = PAGE.read_text(encoding="utf-8").partition("<!-- functions -->")[2].partition("<!-- /functions -->")[0]
    return _ROW.findall(table)


def test_the_table_has_every_function_and_its_promise() -> None:
    """Calls and promises are those of the program that writes the table; every function has costs or no counterpart."""
    rows = read_table()
    assert [(call, promise) for call, promise, *_ in rows] == [(row.call, row.promise) for row in ROWS]
    assert [call for call, _, *costs in rows if costs == ["-", "-"]] == ["erf(x)", "gelu(x)"]
    names = {call.partition("(")[0] for call, *_ in rows}
    methods = {name for name, _ in inspect.getmembers(Stream, inspect.isfunction) if not name.startswith("_")} - _KEYS
    assert names == set(portable.__all__) | {f"Stream.{name}" for name in methods}


MOMENTS: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "mean": lambda x: sum(x, Fraction()) / len(x),
    "var": lambda x: sum((v * v for v in x), Fraction()) / len(x) - (sum(x, Fraction()) / len(x)) ** 2,
    "norm": lambda x: sum((v * v for v in x), Fraction()),
}


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_keep_their_promise_on_short_lines(name: str, dtype: type[Any]) -> None:
    """Within the ulp of the table, on multiples of 0.1; half of the mean's would be broken."""
    promises = {call.partition("(")[0]: promise for call, promise, *_ in read_table()}
    limits = [float(part) for part in re.findall(r"[0-9.]+", promises[name])]
    limit = limits[0] if dtype is np.float32 else limits[-1]
    worst = 0.0
    for count in (2, 3, 5, 7, 11):
        tenths = Stream(1, "short lines").derive(name, count).integers(-50, 50, (300, count))
        lines = (tenths * 0.1).astype(dtype)
        for line, found in zip(lines, getattr(portable, name)(lines, axis=1), strict=True):
            exact = MOMENTS[name]([Fraction(float(value)) for value in line])
            result = Fraction(float(found)) ** 2 if name == "norm" else Fraction(float(found))
            size = abs(float(exact)) ** 0.5 if name == "norm" else abs(float(exact))
            if exact:
                ulp = Fraction(float(np.spacing(dtype(size))))
                error = (result - exact) / ulp / Fraction(2 * size if name == "norm" else 1)
                worst = max(worst, abs(float(error)))
    assert worst <= limit
    assert name != "mean" or worst > limit / 2


def test_every_function_has_an_example() -> None:
    """Each occurs in a line behind >>>; tests/documents runs them."""
    examples = "".join(re.findall(r"^(?:>>>|\.\.\.) .*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert [name for name in portable.__all__ if f"portable.{name}(" not in examples] == []


def test_costs_are_measured_and_formatted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that does everything twice costs more than one; without a counterpart there is no cost."""
    monkeypatch.setattr("delivery.library_costs.EFFORT", attrs.evolve(EFFORT, turn=0.0, rounds=3))
    row = next(one for one in ROWS if one.call == "sqrt(x)")
    slow = attrs.evolve(row, native=np.sqrt, portable=lambda x: [np.sqrt(x) for _ in range(50)])
    assert (measure_cost(slow, np.float64) or 0) > 3
    assert measure_cost(attrs.evolve(row, native=None), np.float64) is None
    table = format_table({one.call: (1.25, None) for one in ROWS})
    assert table.count(" | 1.2 | - |") == len(ROWS) == len(_ROW.findall(table))
