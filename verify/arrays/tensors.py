"""Tensors of PyTorch as arrays, also of the small float types that NumPy lacks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arrays.leaf import Leaf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_LIBRARY = "torch"
_FLOATS = ("bfloat16", "float8_")


def resolve(value: Any) -> Any:  # noqa: ANN401 - of a library that is not imported
    """Return a tensor without gradient, conjugation and sign that are only noted; another value as it is."""
    if getattr(value, "requires_grad", False) and hasattr(value, "detach"):
        value = value.detach()
    for name in ("resolve_conj", "resolve_neg"):
        if hasattr(value, name):
            value = getattr(value, name)()
    return value


def read_small_floats(value: Any) -> Leaf | None:  # noqa: ANN401 - as above
    """Return a tensor of a float type that NumPy lacks as a leaf with its bytes; None for other values.

    The type has the name that the package ml_dtypes gives it, so that such an array of JAX has the same digest.
    """
    library, _, name = str(getattr(value, "dtype", "")).partition(".")
    if library != _LIBRARY or not name.startswith(_FLOATS) or _LIBRARY not in sys.modules:
        return None
    width = value.element_size()
    words = resolve(value).view(getattr(sys.modules[_LIBRARY], f"int{8 * width}"))
    array = np.asarray(words).astype(f"<i{width}", order="C").view(f"V{width}")
    return Leaf(dtype=name, array=array, shape=array.shape)
