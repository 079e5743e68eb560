"""Single operations: the portable form compared with the plain one of the same type."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.benchmark.cost.contest import Contest
from appliance.losses.softmax import native_softmax, portable_softmax
from appliance.numerics.formats import FORMATS
from appliance.numerics.functions import exp
from appliance.numerics.logarithms import log
from appliance.numerics.operations import NATIVE
from appliance.numerics.plans import Immediate
from appliance.numerics.products import matmul
from appliance.numerics.sums import sum_on_grid
from appliance.streams import draw_uniform
from verify.digests import digest_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from appliance.benchmark.timing import Runner

    Floats = NDArray[np.floating[Any]]

_SEED = 20260601
_SQUARE = (256, 512, 1024, 2048)
# The products of a step of 784-h-10 at batch 64: forward, forward at the output, gradient of the first weight.
_TRAINING = tuple(
    shape for hidden in (128, 512, 2048) for shape in ((64, 784, hidden), (64, hidden, 10), (784, 64, hidden))
)
_COPIES = 3


def _draw(name: str, shape: tuple[int, ...], precision: str) -> list[Floats]:
    """Return a few different arrays with entries in [-1, 1)."""
    size = int(np.multiply.reduce(np.array(shape)))
    drawn = [draw_uniform(size, _SEED, name, index) * 2.0 - 1.0 for index in range(_COPIES)]
    return [values.astype(FORMATS[precision].dtype).reshape(shape) for values in drawn]


def _cycle(function: Callable[..., object], *operands: list[Any]) -> Runner:
    """Return a runner that calls `function` on the operands in turn."""

    def run(first: int, count: int) -> None:
        for number in range(first, first + count):
            function(*(arrays[number % len(arrays)] for arrays in operands))

    return run


def _pose(case: str, precision: str, portable: Runner, native: Runner) -> Contest:
    runners = {f"portable {precision}": portable, f"native {precision}": native}
    return Contest(case=f"{case} {precision}", kind="op", runners=runners, details={"precision": precision})


def _pose_product(shape: tuple[int, int, int], precision: str) -> Contest:
    rows, inner, columns = shape
    left, right = _draw("left", (rows, inner), precision), _draw("right", (inner, columns), precision)
    name = f"matmul {rows}" if rows == inner == columns else f"matmul {rows}x{inner}x{columns}"
    return _pose(name, precision, _cycle(matmul, left, right), _cycle(np.matmul, left, right))


def _pose_sum(count: int, precision: str) -> Contest:
    values = _draw("values", (count,), precision)
    return _pose(f"sum {count}", precision, _cycle(sum_on_grid, values), _cycle(np.sum, values))


def _pose_softmax(rows: int, precision: str) -> Contest:
    # Each arithmetic gets logits in the memory layout that its own layers produce.
    fmt, logits = FORMATS[precision], _draw("logits", (rows, 10), precision)
    columns = [np.asfortranarray(values) for values in logits]
    portable, native = partial(portable_softmax, fmt=fmt), partial(native_softmax, do=Immediate(NATIVE))
    return _pose(f"softmax {rows}x10", precision, _cycle(portable, columns), _cycle(native, logits))


def _pose_exp(count: int, precision: str) -> Contest:
    values = [array * 8 for array in _draw("exponents", (count,), precision)]
    return _pose(f"exp {count}", precision, _cycle(exp, values), _cycle(np.exp, values))


def _pose_log(count: int, precision: str) -> Contest:
    values = [array + 2 for array in _draw("arguments", (count,), precision)]
    return _pose(f"log {count}", precision, _cycle(log, values), _cycle(np.log, values))


def _pose_digest(shape: tuple[int, ...], precision: str) -> Contest:
    def hash_bytes(array: Floats) -> str:
        return hashlib.sha256(array.data).hexdigest()

    arrays = _draw("weights", shape, precision)
    case = f"digest {'x'.join(map(str, shape))}"
    return _pose(case, precision, _cycle(partial(digest_array, "weight"), arrays), _cycle(hash_bytes, arrays))


def list_op_contests(*, quick: bool) -> Iterator[Contest]:
    """Yield the contests between operations, each made when it is asked for; `quick` for a few small ones."""
    for precision in ("f32", "f64"):
        for size in _SQUARE[1:2] if quick else _SQUARE:
            yield _pose_product((size, size, size), precision)
        for shape in _TRAINING[:3] if quick else _TRAINING:
            yield _pose_product(shape, precision)
        yield _pose_sum(1 << 16, precision)
        for rows in (64,) if quick else (64, 1024):
            yield _pose_softmax(rows, precision)
        yield _pose_exp(1 << 16, precision)
        yield _pose_log(1 << 16, precision)
        yield _pose_digest((784, 128), precision)
