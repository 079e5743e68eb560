"""Reads the order in which an operation adds, at the very shape of its operands; copied beside `operation.py`.

    python summation.py SPECIFICATION

All terms are 1, but for one of +M and one of -M, with M so large that M + 1 = M. What is added to a partial sum that
holds M is lost. So the length minus the result is the number of terms in the smallest partial sum that has both places:
the tree of additions, read pair by pair (as FPRev does). A second probe has a product that only a fused multiply-add
keeps whole. The specification is that of `operation.py`, with `way` and `index` (an element of the result).
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

operation: Any = importlib.import_module(f"{__package__ or ''}.operation".lstrip("."))  # it is copied beside this
_PRODUCTS = ("dot", "matmul", "mm", "inner", "vdot")
_SUMS = ("sum", "mean", "reduce")
_LARGE = {"f4": 2.0**60, "f8": 2.0**120}
_EPSILON = {"f4": 2.0**-12, "f8": 2.0**-27}
_PLACES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 96, 127, 128, 129, 192, 255, 256)


def main(path: str) -> None:
    """Read a specification, probe, print what was found."""
    specification = json.loads(Path(path).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps(probe(specification)))


def probe(specification: dict[str, Any]) -> dict[str, Any]:
    """Return length, tree and fused multiply-add of an operation; nothing where it is no product or sum."""
    import numpy as np  # noqa: PLC0415 - the program's own

    ways = dict(operation.list_ways(specification["stage"]))
    way = specification["way"]
    with np.load(specification["operands"]) as archive:
        operands = {key: archive[key] for key in archive.files}
    arguments = operation.read_arguments(specification["inputs"], operands)
    names = [name for name, value in arguments.items() if getattr(value, "ndim", 0)]
    short = specification["stage"].partition("@")[0].rpartition(".")[2]
    index = tuple(specification["index"])

    def run(arrays: dict[str, Any]) -> Any:  # noqa: ANN401 - an array or a number
        return operation.call(way, ways[way], {**arguments, **arrays})

    if short in _PRODUCTS and len(names) == 2:  # noqa: PLR2004 - two operands
        return probe_product(run, arguments, names, index)
    if short in _SUMS and len(names) == 1 and "dim" not in arguments:
        return _probe_sum(run, arguments, names[0], index)
    return {}


def probe_product(
    run: Callable[[dict[str, Any]], Any], arguments: dict[str, Any], names: list[str], index: tuple[int, ...]
) -> dict[str, Any]:
    """Return length, tree and fused multiply-add of a product."""
    import numpy as np  # noqa: PLC0415 - as above

    left, right = (arguments[name] for name in names)
    kind = left.dtype.str[1:]
    if kind not in _LARGE or left.dtype != right.dtype:
        return {}
    length = left.shape[-1]
    ones = [np.ones_like(left), np.ones_like(right)]
    line = ones[0] if left.ndim == 1 else ones[0][_take_row(left, right, index)]
    column = _take_column(ones[1], index)

    def ask() -> float:
        result = run({names[0]: ones[0], names[1]: ones[1]})
        return float(np.asarray(result)[index] if np.ndim(result) else result)

    tree = _read_tree(ask, line, length, _LARGE[kind])
    return {"length": length, "tree": tree, "fma": _read_fma(ask, line, column, tree, _EPSILON[kind])}


def _take_row(left: Any, right: Any, index: tuple[int, ...]) -> tuple[int, ...]:  # noqa: ANN401 - arrays
    """Return the index of the row of the left operand that an element of the result is made of."""
    return index if right.ndim == 1 else index[: left.ndim - 1]


def _take_column(right: Any, index: tuple[int, ...]) -> Any:  # noqa: ANN401 - an array
    """Return the column of the right operand, as a view."""
    if right.ndim == 1:
        return right
    return right[(*index[:-1][-(right.ndim - 2) :], slice(None), index[-1])] if right.ndim > 2 else right[:, index[-1]]  # noqa: PLR2004


def _probe_sum(
    run: Callable[[dict[str, Any]], Any], arguments: dict[str, Any], name: str, index: tuple[int, ...]
) -> dict[str, Any]:
    import numpy as np  # noqa: PLC0415 - as above

    array = arguments[name]
    kind = array.dtype.str[1:]
    if kind not in _LARGE:
        return {}
    ones = np.ones_like(array)
    axis = arguments.get("axis", arguments.get("0"))
    if axis is None or array.ndim == 1:
        line = ones.T.reshape(-1) if array.flags.f_contiguous else ones.reshape(-1)
    elif isinstance(axis, int):
        line = np.moveaxis(ones, axis, -1)[index]
    else:
        return {}
    length = line.size

    def ask() -> float:
        result = run({name: ones})
        return float(np.asarray(result)[index] if np.ndim(result) else result)

    factor = length / ask()  # a mean is divided by the length
    return {"length": length, "tree": _read_tree(lambda: ask() * factor, line, length, _LARGE[kind]), "fma": None}


def _read_tree(ask: Callable[[], float], line: Any, length: int, large: float) -> list[list[int]]:  # noqa: ANN401
    """Return for some places how many terms the smallest sum has that holds the first place and this one."""
    places = sorted({*_PLACES, length // 4, length // 2 - 1, length // 2, 3 * length // 4, length - 1})
    tree = []
    for place in places:
        if not 0 < place < length:
            continue
        line[0], line[place] = large, -large
        tree.append([place, length - round(ask())])
        line[0] = line[place] = 1
    return tree


def _read_fma(
    ask: Callable[[], float],
    line: Any,  # noqa: ANN401 - an array
    column: Any,  # noqa: ANN401 - an array
    tree: list[list[int]],
    epsilon: float,
) -> bool | None:
    """Tell whether a product is added without rounding; None where there are no two terms."""
    if not tree:
        return None
    smallest = min(size for _, size in tree)
    line[...], column[...] = 0, 0
    found = False
    for place in [place for place, size in tree if size == smallest][:4]:
        line[0], column[0] = -(1 + 2 * epsilon), 1
        line[place] = column[place] = 1 + epsilon
        found = found or ask() != 0
        line[place] = column[place] = 0
    return found


if __name__ == "__main__":
    main(sys.argv[1])
