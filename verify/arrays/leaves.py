"""Takes a value of a test apart into arrays with canonical bytes: little-endian, in C order, without padding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.digests import digest_bytes, format_canonical
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[Any]

_DEEPEST, _MOST = 32, 10_000
_WIDE = 8  # bytes; a float that is wider has bytes that mean nothing
_INT64 = 2**63
_X87 = 63  # bits of the fraction of a format that fills 10 of 16 bytes
_REMEDY = "give arrays, numbers, texts, or dicts and lists of them; convert others with np.asarray(value, dtype=...)"


@attrs.frozen(kw_only=True, eq=False)
class Leaf:
    """One value without parts.

    Args:
        dtype: NumPy's name of the type, little-endian; or `str`, `bytes`, `int`, `none`, `dict`, `list` for values of
            Python that are no numbers, integers beyond 64 bits, and empty containers.
        array: the elements; for values of Python, the bytes of their text.
        shape: the dimensions.
        text: the text of a value of Python; None for arrays.
    """

    dtype: str
    array: Array
    shape: tuple[int, ...]
    text: str | None = None

    @property
    def is_storable(self) -> bool:
        """Whether an npz file can hold it: not so for values of Python and types that are not NumPy's own."""
        return self.text is None and self.dtype[0] in "<|"

    def digest(self, part: slice | None = None) -> str:
        """Return the digest of type, shape and bytes, or of the bytes of a part in C order."""
        if part is not None:
            return digest_bytes(view_bytes(self.array.reshape(-1)[part]))
        header = format_canonical({"dtype": self.dtype, "shape": list(self.shape)})
        return digest_bytes(header.encode("ascii") + b"\n" + view_bytes(self.array))


def view_bytes(array: Array) -> bytes:
    """Return the bytes of an array in C order."""
    return array.tobytes(order="C")


def list_leaves(value: object) -> dict[str, Leaf]:
    """Return the leaves of a value by their places, such as `['weights'][0]`; the place of the whole is empty.

    Raises:
        UsageError: it has a part of a kind that has no canonical bytes.
    """
    leaves: dict[str, Leaf] = {}
    for place, leaf in _walk(value, "", 0):
        if len(leaves) >= _MOST:
            raise _refuse("a value has too many parts", f"at most {_MOST}", "more", place)
        leaves[place] = leaf
    return leaves


def _walk(value: object, place: str, depth: int) -> Iterator[tuple[str, Leaf]]:
    if depth > _DEEPEST:
        raise _refuse("a value has too many levels", f"at most {_DEEPEST}", "more", place)
    if isinstance(value, Mapping):
        yield from _walk_mapping(value, place, depth)
    elif isinstance(value, list | tuple):
        numbers = _read_numbers(value)
        if numbers is not None:
            yield place, numbers
            return
        if not value:
            yield place, _make_text("list", "")
        for index, item in enumerate(value):
            yield from _walk(item, f"{place}[{index}]", depth + 1)
    elif value is None or isinstance(value, str | bytes | bool | int | float | complex):
        yield place, _read_scalar(value)
    else:
        yield from _walk_array(_as_array(value, place), place)


def _walk_mapping(value: Mapping[Any, object], place: str, depth: int) -> Iterator[tuple[str, Leaf]]:
    if not value:
        yield place, _make_text("dict", "")
    for key, item in value.items():
        if type(key) is int:
            name = f"{{{key}}}"
        elif isinstance(key, str):
            name = f"[{str(key)!a}]"
        else:
            raise _refuse("a key of a dict has no name", "a text or an int", type(key).__name__, place)
        yield from _walk(item, place + name, depth + 1)


def _read_numbers(value: list[object] | tuple[object, ...]) -> Leaf | None:
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


def _read_scalar(value: object) -> Leaf:
    if value is None:
        return _make_text("none", "None")
    if isinstance(value, str):
        return _make_text("str", str(value))
    if isinstance(value, bytes):
        return Leaf(dtype="bytes", array=np.frombuffer(value, dtype="|u1"), shape=(), text=ascii(bytes(value)))
    if isinstance(value, np.generic):
        array = np.asarray(value)
    elif isinstance(value, bool):
        array = np.array(value, dtype="|b1")
    elif isinstance(value, int):
        if not -_INT64 <= value < _INT64:
            return _make_text("int", hex(value))
        array = np.array(int(value), dtype="<i8")
    else:
        array = np.array(value, dtype="<c16" if isinstance(value, complex) else "<f8")
    array = canonize(array)
    return Leaf(dtype=array.dtype.str, array=array, shape=())


def _make_text(kind: str, text: str) -> Leaf:
    data = np.frombuffer(text.encode("utf-8", errors="surrogatepass"), dtype="|u1")
    return Leaf(dtype=kind, array=data, shape=(), text=ascii(text) if kind == "str" else text)


def _as_array(value: Any, place: str) -> Array:  # noqa: ANN401 - a value of anybody's
    if not hasattr(value, "__array__"):
        found = f"{type(value).__module__}.{type(value).__qualname__}"
        raise _refuse("a value of this kind has no bits to compare", "an array, a number or a text", found, place)
    if getattr(value, "requires_grad", False) and hasattr(value, "detach"):
        value = value.detach()
    try:
        return value if isinstance(value, np.ma.MaskedArray) else np.asarray(value)
    except Exception as error:  # of anybody's `__array__`
        found = f"{type(error).__name__}: {error}"
        raise _refuse("a value cannot be read as an array", "an array in memory", found, place) from error


def _walk_array(array: Array, place: str) -> Iterator[tuple[str, Leaf]]:
    """Yield an array; masked ones as data and mask, those with fields field by field."""
    if isinstance(array, np.ma.MaskedArray) and array.dtype.names is None:
        yield from _walk_array(
            np.where(np.ma.getmaskarray(array), np.zeros((), dtype=array.dtype), array.data), f"{place}.data"
        )
        yield from _walk_array(np.ma.getmaskarray(array), f"{place}.mask")
    elif array.dtype.names is not None:
        for name in array.dtype.names:
            yield from _walk_array(array[name], f"{place}.{ascii(name)[1:-1]}")
    else:
        if array.dtype.kind in "OT":
            array = _read_objects(array, place)
        array = canonize(array)
        own = array.dtype.kind == "V" and array.dtype.type is not np.void
        yield place, Leaf(dtype=array.dtype.name if own else array.dtype.str, array=array, shape=array.shape)


def _read_objects(array: Array, place: str) -> Array:
    """Return an array of objects that are all texts as an array of texts.

    Raises:
        UsageError: others have no canonical bytes.
    """
    items = array.astype(object).reshape(-1).tolist()
    if items and all(isinstance(item, str) and not item.endswith("\0") for item in items):
        return np.array(items, dtype=np.str_).reshape(array.shape)
    kinds = sorted({type(item).__name__ for item in items})
    found = f"an array of objects: {', '.join(kinds[:4]) or 'empty'}"
    raise _refuse("an array of objects has no bits to compare", "elements of a type of NumPy", found, place)


def canonize(array: Array) -> Array:
    """Return an array little-endian and in C order; bytes that are no part of a value are zero."""
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    component = little.dtype.itemsize // (2 if little.dtype.kind == "c" else 1)
    if little.dtype.kind in "fc" and component > _WIDE and np.finfo(little.dtype).nmant == _X87:
        little = little.copy()
        little.reshape(-1).view("|u1").reshape(-1, component)[:, 10:] = 0
    return little


def _refuse(title: str, expected: str, found: str, place: str) -> UsageError:
    return UsageError(title, expected=expected, found=found, where=place or "the value", remedy=_REMEDY)
