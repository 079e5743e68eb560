"""Writes the table of functions in docs/library.md: python3 -m delivery.library_costs.

What a function costs is measured against NumPy in one run, on one thread, in turns: the median of paired ratios of
processor time per call. Names, promises and error bounds stand here and are compared with the page by a test.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.benchmark.timing import Effort, Watch, compare_rounds, measure
from appliance.portable import functions, orders, products, sums
from appliance.portable.stream import Stream
from delivery.pages import replace_part
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "library.md"
EFFORT = Effort(turn=0.02, rounds=15, least=7, budget=1.5)
DTYPES = (np.float32, np.float64)


@attrs.frozen(kw_only=True)
class Row:
    """A line of the table: a call as it is written, what is promised, and NumPy's counterpart.

    Attributes:
        call: the function with its arguments.
        promise: what the result is, or its largest error.
        portable: the function on the arrays that it is measured with.
        native: the same with NumPy; None where there is nothing comparable.
        operands: makes the arrays, from a dtype.
        dtypes: which are measured.
    """

    call: str
    promise: str
    portable: Callable[..., object]
    native: Callable[..., object] | None
    operands: Callable[[type[Any]], tuple[Any, ...]]
    dtypes: tuple[type[Any], ...] = DTYPES


def _draw(shape: int | tuple[int, ...], dtype: type[Any]) -> Floats:
    found: Floats = Stream(1, "library costs").normal(shape).astype(dtype)
    return found


def _square(dtype: type[Any]) -> tuple[Floats, Floats]:
    return _draw((512, 512), dtype), _draw((512, 512), dtype)


def _table(dtype: type[Any]) -> tuple[Floats]:
    return (_draw((512, 256), dtype),)


def _vector(dtype: type[Any]) -> tuple[Floats]:
    return (_draw(1 << 17, dtype),)


def _positive(dtype: type[Any]) -> tuple[Floats]:
    return (np.abs(_draw(1 << 17, dtype)),)


def _vectors(dtype: type[Any]) -> tuple[Floats, Floats]:
    return _vector(dtype)[0], _vector(dtype)[0][::-1].copy()


def _soften(x: Floats) -> Floats:
    powers = np.exp(x - x.max(-1, keepdims=True))
    shares: Floats = powers / powers.sum(-1, keepdims=True)
    return shares


def _add_logarithms(x: Floats) -> object:
    top = x.max(-1, keepdims=True)
    return np.log(np.exp(x - top).sum(-1, keepdims=True)) + top


def _elementwise(name: str, promise: str, native: Callable[..., object] | None, *, positive: bool = False) -> Row:
    return Row(
        call=f"{name}(x)",
        promise=promise,
        portable=getattr(functions, name),
        native=native,
        operands=_positive if positive else _vector,
    )


def _draws(call: str, promise: str, portable: Callable[[], object], native: Callable[[], object] | None) -> Row:
    return Row(
        call=call, promise=promise, portable=portable, native=native, operands=lambda _: (), dtypes=(np.float64,)
    )


_STREAM = Stream(1, "library costs")
_NATIVE = np.random.Generator(np.random.Philox(1))
_COUNT = 1 << 17
_LONG = np.arange(float(_COUNT))
ROUNDED = "correctly rounded"

ROWS = (
    Row(
        call="matmul(a, b)",
        promise="error at most `k A B 2^-22` and one rounding (float32), `k A B 2^-60` and `5 + k / 2048` roundings of "
        "sums (float64), with A and B the largest sizes in row and column; on normal operands about NumPy's error",
        portable=products.matmul,
        native=np.matmul,
        operands=_square,
    ),
    Row(
        call="matmul(a, b, fast=True)",
        promise="operands rounded to 8 to 11 bits (float32) or 22 to 31 bits (float64), as in trainings",
        portable=lambda a, b: products.matmul(a, b, fast=True),
        native=np.matmul,
        operands=_square,
    ),
    Row(call="dot(a, b)", promise=ROUNDED, portable=sums.dot, native=np.dot, operands=_vectors),
    Row(
        call="sum(x, axis)",
        promise=ROUNDED,
        portable=lambda x: sums.sum(x, 0),
        native=lambda x: np.sum(x, 0),
        operands=_table,
    ),
    Row(
        call="cumsum(x, axis)",
        promise=f"each entry {ROUNDED}",
        portable=sums.cumsum,
        native=np.cumsum,
        operands=_vector,
    ),
    Row(
        call="mean(x, axis)",
        promise="0.51 ulp, 1.5 ulp",
        portable=lambda x: sums.mean(x, 0),
        native=lambda x: np.mean(x, 0),
        operands=_table,
    ),
    Row(
        call="var(x, axis, ddof=0)",
        promise="4 ulp",
        portable=lambda x: sums.var(x, 0),
        native=lambda x: np.var(x, 0),
        operands=_table,
    ),
    Row(
        call="std(x, axis, ddof=0)",
        promise="4 ulp",
        portable=lambda x: sums.std(x, 0),
        native=lambda x: np.std(x, 0),
        operands=_table,
    ),
    Row(
        call="norm(x, axis)",
        promise="2 ulp",
        portable=sums.norm,
        native=np.linalg.norm,
        operands=_vector,
    ),
    _elementwise("exp", "1.06 ulp, 0.97 ulp", np.exp),
    _elementwise("expm1", "1.82 ulp, 2.02 ulp", np.expm1),
    _elementwise("log", "0.51 ulp, 0.86 ulp", np.log, positive=True),
    _elementwise("log1p", "0.51 ulp, 1.23 ulp", np.log1p, positive=True),
    _elementwise("sqrt", ROUNDED, np.sqrt, positive=True),
    _elementwise("tanh", "1.37 ulp, 1.39 ulp", np.tanh),
    _elementwise("sigmoid", "2.41 ulp, 2.36 ulp", lambda x: 1 / (1 + np.exp(-x))),
    _elementwise("erf", "2.17 ulp, 1.57 ulp", None),
    _elementwise("gelu", "2.37 ulp, 2.41 ulp", None),
    _elementwise("sin", "0.51 ulp, 1.92 ulp, up to 2^18 in size", np.sin),
    _elementwise("cos", "0.51 ulp, 1.94 ulp, up to 2^18 in size", np.cos),
    Row(
        call="softmax(x, axis=-1)",
        promise="1 ulp, 3 ulp and that of `x - max`",
        portable=functions.softmax,
        native=_soften,
        operands=_table,
    ),
    Row(
        call="log_softmax(x, axis=-1)",
        promise="1 ulp, 3 ulp of the larger of 1 and the result",
        portable=functions.log_softmax,
        native=lambda x: np.log(_soften(x)),
        operands=_table,
    ),
    Row(
        call="logsumexp(x, axis)",
        promise="1 ulp, 3 ulp of the larger of 1 and the result",
        portable=lambda x: functions.logsumexp(x, -1),
        native=_add_logarithms,
        operands=_table,
    ),
    Row(call="max(x, axis)", promise="exact; never -0", portable=orders.max, native=np.max, operands=_vector),
    Row(call="min(x, axis)", promise="exact; never -0", portable=orders.min, native=np.min, operands=_vector),
    Row(
        call="argmax(x, axis)",
        promise="the first of equals",
        portable=orders.argmax,
        native=np.argmax,
        operands=_vector,
    ),
    Row(
        call="argmin(x, axis)",
        promise="the first of equals",
        portable=orders.argmin,
        native=np.argmin,
        operands=_vector,
    ),
    Row(
        call="sort(x, axis=-1)",
        promise="stable",
        portable=orders.sort,
        native=lambda x: np.sort(x),  # noqa: PLW0108 - NumPy's default, which is not stable
        operands=_vector,
    ),
    Row(
        call="argsort(x, axis=-1)",
        promise="stable",
        portable=orders.argsort,
        native=lambda x: np.argsort(x),  # noqa: PLW0108
        operands=_vector,
    ),
    _draws(
        "Stream.words(shape)",
        "64 random bits",
        lambda: _STREAM.words(_COUNT),
        lambda: _NATIVE.bit_generator.random_raw(_COUNT),
    ),
    _draws(
        "Stream.uniform(shape, low=0, high=1)",
        "multiples of 2^-53",
        lambda: _STREAM.uniform(_COUNT),
        lambda: _NATIVE.random(_COUNT),
    ),
    _draws(
        "Stream.normal(shape, mean=0, deviation=1)",
        "to a few ulp; none beyond 8.6 deviations",
        lambda: _STREAM.normal(_COUNT),
        lambda: _NATIVE.standard_normal(_COUNT),
    ),
    _draws(
        "Stream.integers(low, high, shape)",
        "all equally likely",
        lambda: _STREAM.integers(0, 1000, _COUNT),
        lambda: _NATIVE.integers(0, 1000, _COUNT),
    ),
    _draws(
        "Stream.permutation(count)",
        "all orders",
        lambda: _STREAM.permutation(_COUNT),
        lambda: _NATIVE.permutation(_COUNT),
    ),
    _draws(
        "Stream.shuffle(values)",
        "a copy in the order of `permutation`",
        lambda: _STREAM.shuffle(_LONG),
        lambda: _NATIVE.permutation(_LONG),
    ),
    _draws(
        "Stream.choice(values, shape, replace=True)",
        "all equally likely",
        lambda: _STREAM.choice(_LONG, _COUNT),
        lambda: _NATIVE.choice(_LONG, _COUNT),
    ),
)


def measure_cost(row: Row, dtype: type[Any]) -> float | None:
    """Return how many times as long as NumPy a function takes; None without a counterpart."""
    if row.native is None or dtype not in row.dtypes:
        return None
    operands = row.operands(dtype)

    def repeat(function: Callable[..., object]) -> Callable[[int, int], object]:
        def run(_: int, count: int) -> None:
            for _ in range(count):
                function(*operands)

        return run

    seconds = measure(
        {"native": repeat(row.native), "portable": repeat(row.portable)}, EFFORT, Watch(read=time.process_time)
    )
    return compare_rounds(seconds["native"], seconds["portable"]).median


def format_table(costs: dict[str, tuple[float | None, ...]]) -> str:
    """Return the table in Markdown, with costs by call."""
    lines = ["| function | promise, largest error | cost, float32 | cost, float64 |", "| --- | --- | --- | --- |"]
    for row in ROWS:
        cells = ["-" if cost is None else f"{cost:.1f}" for cost in costs[row.call]]
        lines.append(f"| `{row.call}` | {row.promise} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, and write the table into the page."""
    with limit_threads(1):
        costs = {row.call: tuple(measure_cost(row, dtype) for dtype in DTYPES) for row in ROWS}
    try:
        page = replace_part(PAGE.read_text(encoding="utf-8"), "functions", format_table(costs))
    except ValueError as error:
        sys.stderr.write(f"{PAGE.name}: {error}\n")
        return 2
    PAGE.write_text(page, encoding="utf-8")
    ratios = [cost for pair in costs.values() for cost in pair if cost is not None]
    mean = math.prod(ratios) ** (1 / len(ratios))
    print(f"{len(ROWS)} functions; from {min(ratios):.2f} to {max(ratios):.1f} times NumPy, {mean:.1f} on average")
    return 0


if __name__ == "__main__":
    sys.exit(main())
