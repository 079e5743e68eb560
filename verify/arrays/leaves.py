"""Takes a value of a test apart into leaves: arrays, numbers and texts with canonical bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arrays.leaf import Leaf, canonize
from verify.arrays.scalars import make_text, read_numbers, read_scalar
from verify.arrays.tables import list_columns, read_column, read_texts
from verify.arrays.tensors import read_small_floats, resolve
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[Any]

_DEEPEST, _MOST = 32, 10_000
_REMEDY = "give arrays, numbers, texts, or dicts and lists of them; convert others with np.asarray(value, dtype=...)"


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
        numbers = read_numbers(value)
        if numbers is not None:
            yield place, numbers
            return
        if not value:
            yield place, make_text("list", "")
        for index, item in enumerate(value):
            yield from _walk(item, f"{place}[{index}]", depth + 1)
    elif value is None or isinstance(value, str | bytes | bool | int | float | complex):
        yield place, read_scalar(value)
    elif (columns := list_columns(value)) is not None:
        yield from _walk_table(value, columns, place, depth)
    elif (floats := read_small_floats(value)) is not None:
        yield place, floats
    else:
        yield from _walk_array(_as_array(value, place), place)


def _walk_mapping(value: Mapping[Any, object], place: str, depth: int) -> Iterator[tuple[str, Leaf]]:
    if not value:
        yield place, make_text("dict", "")
    for key, item in value.items():
        if type(key) is int:
            name = f"{{{key}}}"
        elif isinstance(key, str):
            name = f"[{str(key)!a}]"
        else:
            raise _refuse("a key of a dict has no name", "a text or an int", type(key).__name__, place)
        yield from _walk(item, place + name, depth + 1)


def _walk_table(table: Any, columns: list[object], place: str, depth: int) -> Iterator[tuple[str, Leaf]]:  # noqa: ANN401
    names = [name if type(name) is int else str(name) for name in columns]
    if any(name in names[:index] for index, name in enumerate(names)):
        raise _refuse("two columns of a table have one name", "a name for each column", names, place)
    parts = {name: table[column] for name, column in zip(names, columns, strict=True)}
    yield from _walk_mapping(parts, place, depth)


def _as_array(value: Any, place: str) -> Array:  # noqa: ANN401 - a value of anybody's
    if not hasattr(value, "__array__"):
        found = f"{type(value).__module__}.{type(value).__qualname__}"
        raise _refuse("a value of this kind has no bits to compare", "an array, a number or a text", found, place)
    try:
        column = value if isinstance(value, np.ma.MaskedArray) else read_column(value)
        return np.asarray(resolve(value)) if column is None else column
    except Exception as error:  # of anybody's `__array__`
        raise UsageError(
            "a value cannot be read as an array",
            expected="an array in memory",
            found=f"{type(error).__name__}: {error}",
            where=place or "the value",
            remedy="convert it in the test as its library says, then give np.asarray(value)",
        ) from error


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
            if isinstance(array, np.ma.MaskedArray):
                yield from _walk_array(array, place)
                return
        array = canonize(array)
        own = array.dtype.kind == "V" and array.dtype.type is not np.void
        yield place, Leaf(dtype=array.dtype.name if own else array.dtype.str, array=array, shape=array.shape)


def _read_objects(array: Array, place: str) -> Array:
    """Return an array of objects that are texts as an array of texts, masked where some are missing.

    Raises:
        UsageError: others have no canonical bytes.
    """
    texts = read_texts(array)
    if texts is not None:
        return texts
    kinds = sorted({type(item).__name__ for item in array.astype(object).reshape(-1).tolist()})
    found = f"an array of objects: {', '.join(kinds[:4]) or 'empty'}"
    raise _refuse("an array of objects has no bits to compare", "elements of a type of NumPy", found, place)


def _refuse(title: str, expected: str, found: object, place: str) -> UsageError:
    return UsageError(title, expected=expected, found=found, where=place or "the value", remedy=_REMEDY)
