"""Values of Python as leaves: numbers, texts, bytes, None, and lists of numbers of one kind."""

from __future__ import annotations

import numpy as np

from verify.arrays.leaf import Leaf, canonize

_INT64 = 2**63


def read_numbers(value: list[object] | tuple[object, ...]) -> Leaf | None:
    """Return a list of numbers of one kind as an array, so that a long one is one value; None for another list."""
    kinds = {type(item) for item in value}
    for kind, dtype in ((float, "<f8"), (bool, "|b1"), (int, "<i8")):
        if kinds == {kind}:
            try:
                array = np.array(value, dtype=dtype)
            except OverflowError:
                return None
            return Leaf(dtype=array.dtype.str, array=array, shape=array.shape)
    return None


def read_scalar(value: object) -> Leaf:
    """Return a number, a text, bytes or None as a leaf."""
    if value is None:
        return make_text("none", "None")
    if isinstance(value, str):
        return make_text("str", str(value))
    if isinstance(value, bytes):
        return Leaf(dtype="bytes", array=np.frombuffer(value, dtype="|u1"), shape=(), text=ascii(bytes(value)))
    if isinstance(value, np.generic):
        array = np.asarray(value)
    elif isinstance(value, bool):
        array = np.array(value, dtype="|b1")
    elif isinstance(value, int):
        if not -_INT64 <= value < _INT64:
            return make_text("int", hex(value))
        array = np.array(int(value), dtype="<i8")
    else:
        array = np.array(value, dtype="<c16" if isinstance(value, complex) else "<f8")
    array = canonize(array)
    return Leaf(dtype=array.dtype.str, array=array, shape=())


def make_text(kind: str, text: str) -> Leaf:
    """Return a text as a leaf of this kind."""
    data = np.frombuffer(text.encode("utf-8", errors="surrogatepass"), dtype="|u1")
    return Leaf(dtype=kind, array=data, shape=(), text=ascii(text) if kind == "str" else text)
