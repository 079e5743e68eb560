"""What this machine's arithmetic does, observed by effect; probes explain a mismatch, they never decide it.

Orders of summation are revealed by masking, the idea of FPRev (Xie et al., "Revealing floating-point
accumulation orders in software/hardware implementations", 2024): among addends of one, set one to +M
and one to -M. Ones that meet either before the two cancel are absorbed, so what survives counts the
ones added later. Those counts for all pairs determine the tree. All inputs come from integer arithmetic.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.digests import digest_array, digest_json
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Summation = Callable[[Floats], Floats]

_DTYPES: tuple[tuple[str, Any], ...] = (("f32", np.float32), ("f64", np.float64))
_MASKS = {np.float32: 2.0**60, np.float64: 2.0**90}  # absorb any count of ones below 2**36
_TREE_SIZE = 16
_LONG_SIZES = (48, 784)
_COLUMNS = 8  # enough for BLAS to choose its matrix product


def _digest_result(name: str, array: NDArray[np.generic]) -> str:
    """Return the digest of a result, or "not finite" where a broken BLAS or function gave NaN or infinity."""
    try:
        return digest_array(name, array)
    except NonFiniteError:
        return "not finite"


def make_values(count: int, low: float, high: float, dtype: Any) -> Floats:  # noqa: ANN401 - any float type
    """Return `count` fixed values in [low, high), shape (count,), rounded to `dtype`.

    They are words of SplitMix64 (Steele et al., OOPSLA 2014), cut to 24 bits.
    """
    words = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    fraction = (words >> np.uint64(40)).astype(np.float64) * 2.0**-24
    return np.asarray(fraction * (high - low) + low).astype(dtype)


def count_survivors(sum_rows: Summation, size: int, pairs: Sequence[tuple[int, int]], dtype: Any) -> list[int]:  # noqa: ANN401
    """Return, for each pair of positions masked among `size` addends, how many ones survive the sum.

    `sum_rows` takes (len(pairs), size) and returns the sum of each row, shape (len(pairs),).
    """
    rows = np.ones((len(pairs), size), dtype=dtype)
    first, second = np.asarray(pairs, dtype=np.intp).T
    lines = np.arange(len(pairs))
    rows[lines, first] = _MASKS[dtype]
    rows[lines, second] = -_MASKS[dtype]
    found = np.asarray(sum_rows(rows), dtype=np.float64)
    return [int(value) if np.isfinite(value) else -1 for value in found]  # a broken BLAS may give NaN


def _write_tree(members: list[int], sizes: dict[tuple[int, int], int]) -> str:
    if len(members) == 1:
        return str(members[0])
    rest, branches = members, []
    while rest:
        head = rest[0]
        branch = [m for m in rest if m == head or sizes[head, m] < len(members)]
        rest = [m for m in rest if m not in branch]
        branches.append(branch)
    if len(branches) == 1:  # counts that fit no tree
        return "{" + " ".join(str(m) for m in members) + "}"
    return "(" + " ".join(_write_tree(branch, sizes) for branch in branches) + ")"


def reveal_tree(sum_rows: Summation, size: int, dtype: Any) -> str:  # noqa: ANN401
    """Return the order in which `sum_rows` adds `size` addends, as nested brackets: "((0 1) 2)" for a loop."""
    pairs = list(combinations(range(size), 2))
    survivors = count_survivors(sum_rows, size, pairs, dtype)
    sizes = {pair: size - count for pair, count in zip(pairs, survivors, strict=True)}
    return _write_tree(list(range(size)), sizes)


def _digest_order(sum_rows: Summation, size: int, dtype: Any) -> str:  # noqa: ANN401
    pairs = [(0, j) for j in range(1, size)] + [(i, i + 1) for i in range(1, size - 1)]
    return digest_json(count_survivors(sum_rows, size, pairs, dtype))


def _matmul_rows(rows: Floats) -> Floats:
    return np.asarray((rows @ np.ones((rows.shape[1], _COLUMNS), dtype=rows.dtype))[:, 0])


def _dot_rows(rows: Floats) -> Floats:
    ones = np.ones(rows.shape[1], dtype=rows.dtype)
    return np.asarray([np.dot(row, ones) for row in rows])


def _sum_rows(rows: Floats) -> Floats:
    return np.asarray([row.sum() for row in rows])


def probe_orders() -> dict[str, str]:
    """Return the order of `@`, `dot` and `sum` by name: as brackets for 16 addends, as digests for more."""
    found: dict[str, str] = {}
    subjects: Iterable[tuple[str, Summation]] = (("matmul", _matmul_rows), ("dot", _dot_rows), ("sum", _sum_rows))
    for name, sum_rows in subjects:
        for label, dtype in _DTYPES:
            found[f"order.{name}.{label}.{_TREE_SIZE}"] = reveal_tree(sum_rows, _TREE_SIZE, dtype)
            for size in _LONG_SIZES:
                found[f"order.{name}.{label}.{size}"] = _digest_order(sum_rows, size, dtype)
    return found


def probe_functions() -> dict[str, str]:
    """Return digests of NumPy's exp, log, sin and tanh on fixed arguments."""
    subjects = (
        ("exp", np.exp, -80.0, 80.0),
        ("log", np.log, 2.0**-20, 1000.0),
        ("sin", np.sin, -100.0, 100.0),
        ("tanh", np.tanh, -8.0, 8.0),
    )
    return {
        f"function.{name}.{label}": _digest_result(name, function(make_values(2000, low, high, dtype)))
        for name, function, low, high in subjects
        for label, dtype in _DTYPES
    }


def probe_products() -> dict[str, str]:
    """Return digests of `A @ B` on fixed matrices, at the shape of a training step and at an odd one."""
    found: dict[str, str] = {}
    for label, dtype in _DTYPES:
        for m, k, n in ((64, 784, 128), (37, 301, 53)):
            left = make_values(m * k, -1.0, 1.0, dtype).reshape(m, k)
            right = make_values(k * n, -1.0, 1.0, dtype).reshape(k, n)
            found[f"product.{label}.{m}x{k}x{n}"] = _digest_result("product", left @ right)
    return found


def probe_sorting() -> dict[str, str]:
    """Return digests of unstable argsort among ties, by element type."""
    ties = make_values(2000, 0.0, 7.0, np.float64).astype(np.int64)
    return {
        f"argsort.{label}": _digest_result("order", np.argsort(ties.astype(dtype)).astype(np.int64))
        for label, dtype in (("i32", np.int32), ("i64", np.int64), *_DTYPES)
    }


def _bits(values: Floats) -> str:
    words = values.view(np.uint32 if values.dtype == np.float32 else np.uint64)
    return " ".join(f"{int(word):x}" for word in words)


def probe_special_values() -> dict[str, str]:
    """Return the results for NaN, subnormals, zeros of both signs, and casts out of range."""
    found: dict[str, str] = {}
    for label, dtype in _DTYPES:
        infinite, zeros = np.full(1, np.inf, dtype=dtype), np.zeros(1, dtype=dtype)
        word, significand = (np.uint32, 23) if dtype is np.float32 else (np.uint64, 52)
        subnormal = np.ones(1, dtype=word).view(dtype)
        tiny = np.full(1, 1 << significand, dtype=word).view(dtype)  # the least normal number
        found[f"nan.{label}"] = _bits(infinite - infinite)
        found[f"subnormal-result.{label}"] = "flushed" if _bits(tiny * dtype(0.5)) == "0" else "kept"
        found[f"subnormal-operand.{label}"] = "flushed" if _bits(subnormal * dtype(2.0**30)) == "0" else "kept"
        found[f"maximum-of-zeros.{label}"] = _bits(
            np.concatenate([np.maximum(zeros, -zeros), np.maximum(-zeros, zeros)])
        )
        wild = np.asarray([1e10, -1e10, 1e20, -1e20, -1.0, np.nan], dtype=dtype)
        for kind in (np.int32, np.int64, np.uint32):
            found[f"cast.{label}.{kind.__name__}"] = " ".join(str(int(x)) for x in wild.astype(kind))
    return found


def run_probes() -> dict[str, str]:
    """Return every probe's short value or digest by name; takes a fraction of a second, warns of nothing."""
    with np.errstate(all="ignore"):
        return {
            **probe_orders(),
            **probe_functions(),
            **probe_products(),
            **probe_sorting(),
            **probe_special_values(),
        }
