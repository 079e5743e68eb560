"""Elements as exact text, samples of arrays, and small arrays made again from their samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arrays.leaf import Leaf, canonize
from verify.files.array_golden import ArrayValue, choose_indices, cut_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_LONGEST = 120
_DIGITS = {2: range(3, 6), 4: range(6, 10)}
_NAN = "nan:0x"
_EXACT = 8  # bytes of the widest float whose text can be read back


def describe_leaf(leaf: Leaf) -> ArrayValue:
    """Return what a golden holds of a leaf."""
    size = 1 if leaf.text is not None else leaf.array.size
    if leaf.text is not None:
        sample: tuple[str, ...] = (_shorten(leaf.text),)
    else:
        flat = leaf.array.reshape(-1)
        sample = tuple(format_element(flat[index : index + 1]) for index in choose_indices(size))
    blocks = tuple(leaf.digest(part).removeprefix("sha256:")[:16] for part in cut_blocks(size))
    return ArrayValue(dtype=leaf.dtype, shape=leaf.shape, digest=leaf.digest(), sample=sample, blocks=blocks)


def format_element(element: Array) -> str:
    """Return the text of an array of one element; for numbers of at most 64 bits it is exact."""
    kind = element.dtype.kind
    if kind == "c":
        parts = element.view(f"<f{element.dtype.itemsize // 2}")
        return f"({_format_float(parts[:1])}, {_format_float(parts[1:])})"
    if kind == "f":
        return _format_float(element)
    if kind == "m":
        return str(int(element.view("<i8")[0]))
    if kind == "V":
        return element.tobytes().hex()[:_LONGEST]
    if kind in "SU":
        return _shorten(ascii(element[0].item()))
    return str(element[0]) if kind == "M" else str(element[0].item())


def _format_float(element: Array) -> str:
    if np.isnan(element[0]):
        return _NAN + element.tobytes()[::-1].hex()
    if element.dtype.itemsize > _EXACT:
        return str(np.format_float_scientific(element[0]))
    value = float(element[0])
    for digits in _DIGITS.get(element.dtype.itemsize, ()):
        short = float(f"{value:.{digits}g}")
        with np.errstate(all="ignore"):
            if element.dtype.type(short) == element[0]:
                return repr(short)
    return repr(value)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def is_exact(value: ArrayValue) -> bool:
    """Tell whether a sample is the whole array, in text that can be read back."""
    if len(value.sample) != value.size:
        return False
    try:
        dtype = np.dtype(value.dtype)
    except (TypeError, ValueError):
        return False
    width = dtype.itemsize // (2 if dtype.kind == "c" else 1)
    return value.dtype[0] in "<|" and dtype.kind in "biufcmM" and not (dtype.kind in "fc" and width > _EXACT)


def rebuild(value: ArrayValue) -> Array | None:
    """Return the array that a sample is the whole of; None where that is not so, or text is not exact."""
    if not is_exact(value):
        return None
    try:
        dtype = np.dtype(value.dtype)
        with np.errstate(all="ignore"):
            array = _parse_elements(value.sample, dtype).reshape(value.shape)
    except (TypeError, ValueError, OverflowError, MemoryError):
        return None
    found = Leaf(dtype=array.dtype.str, array=canonize(array), shape=array.shape)
    return found.array if found.digest() == value.digest else None


def _parse_elements(texts: tuple[str, ...], dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "c":
        halves = [half for text in texts for half in text.strip("()").split(", ")]
        return _parse_elements(tuple(halves), np.dtype(f"<f{dtype.itemsize // 2}")).view(dtype)
    if dtype.kind == "b":
        return np.array([text == "True" for text in texts], dtype=dtype)
    if dtype.kind in "iu":
        return np.array([int(text) for text in texts], dtype=dtype)
    if dtype.kind == "m":
        return np.array([int(text) for text in texts], dtype="<i8").view(dtype)
    if dtype.kind == "M":
        return np.array(texts, dtype=dtype)
    array = np.array([0.0 if text.startswith(_NAN) else float(text) for text in texts], dtype=dtype)
    for index, text in enumerate(texts):
        if text.startswith(_NAN):
            word = bytes.fromhex(text.removeprefix(_NAN))[::-1]
            array[index : index + 1] = np.frombuffer(word, dtype=dtype)
    return array
