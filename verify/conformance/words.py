"""How messages call a product of matrices, and the BLAS that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.host.environment import read_blas

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


def describe_product(left: Floats, right: Floats) -> str:
    """Return shape, format and layouts of a product in words."""
    rows, inner = left.shape
    return (
        f"{rows} x {inner} x {right.shape[1]} in {left.dtype}, left {describe_layout(left)},"
        f" right {describe_layout(right)}"
    )


def describe_layout(x: Floats) -> str:
    """Return how a matrix lies in memory: plain, transposed, or with a longer leading dimension."""
    rows, columns = (stride // x.itemsize for stride in x.strides)
    if columns == 1 or x.shape[1] == 1:
        return "plain" if rows == x.shape[1] or x.shape[0] == 1 else f"plain with leading dimension {rows}"
    if rows == 1 or x.shape[0] == 1:
        return "transposed" if columns == x.shape[0] else f"transposed with leading dimension {columns}"
    return f"with strides {rows} and {columns}"


def describe_blas() -> str:
    """Return the BLAS in effect in words."""
    blas = read_blas()
    name = blas["blas.name"] or blas["blas.build_name"] or "an unknown BLAS"
    parts = (name, blas["blas.version"], blas["blas.kernel"], f"{blas['blas.threads'] or '?'} threads")
    return " ".join(str(part) for part in parts if part)
