"""What a user's callback carries, as JSON with arrays beside it: the values come back with their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from verify.digests import JsonValue

    Arrays = dict[str, NDArray[np.generic]]

_LARGEST = 2**63
_KINDS = "biuf"
_DEEPEST = 32  # lists in lists; the reader of a checkpoint has a limit, too
_PLAIN: Mapping[type, Callable[[Any], JsonValue]] = {
    type(None): lambda value: value,
    bool: lambda value: value,
    int: lambda value: value if abs(value) < _LARGEST else {"int": hex(value)},
    float: lambda value: {"float": value.hex()},
}
_READERS: Mapping[str, Callable[[str], object]] = {"int": lambda text: int(text, 16), "float": float.fromhex}


def encode(value: Any, arrays: Arrays, where: str, depth: int = 0) -> JsonValue:  # noqa: ANN401 - what users carry
    """Return the JSON form of a value; its arrays are added to `arrays`.

    Only values of these very types are taken: one of a type made from them would come back without what it added.

    Raises:
        UsageError: the value has a type that cannot be kept, or what cannot be written.
    """
    kind, inner = type(value), depth + 1
    if depth > _DEEPEST:
        raise _refuse(f"more than {_DEEPEST} lists or dicts in each other", where)
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    if kind is str:
        return _require_text(value, where)
    if kind is np.ndarray or isinstance(value, np.generic):
        return _encode_numpy(value, arrays, where)
    if kind in (list, tuple):
        return {kind.__name__: [encode(one, arrays, f"{where}[{i}]", inner) for i, one in enumerate(value)]}
    if kind is dict:
        keys = [_require_key(key, where) for key in value]
        return {"dict": {key: encode(value[key], arrays, f"{where}, {key}", inner) for key in keys}}
    raise _refuse(f"{kind.__module__}.{kind.__qualname__}", where)


def decode(value: JsonValue, arrays: Mapping[str, NDArray[np.generic]]) -> Any:  # noqa: ANN401 - what users carry
    """Return the value of a JSON form.

    Raises:
        ValueError: it is none.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("this is no value of a callback")
    ((kind, inner),) = value.items()
    if kind in _READERS and isinstance(inner, str):
        return _READERS[kind](inner)
    if kind == "scalar" and isinstance(inner, list):
        return _decode_scalar(*map(str, inner))
    if kind in ("array", "truths") and inner in arrays:
        array = np.array(arrays[str(inner)])
        return array.astype(np.bool_ if kind == "truths" else array.dtype.newbyteorder("="))
    if kind in ("list", "tuple") and isinstance(inner, list):
        found = [decode(one, arrays) for one in inner]
        return found if kind == "list" else tuple(found)
    if kind == "dict" and isinstance(inner, dict):
        return {key: decode(one, arrays) for key, one in inner.items()}
    raise ValueError(f"this is no value of a callback: {kind}")


def _encode_numpy(value: NDArray[Any] | np.generic, arrays: Arrays, where: str) -> JsonValue:
    """Return the form of an array or a number of NumPy; a number stands in the JSON, since there may be many."""
    dtype = value.dtype
    if dtype.kind not in _KINDS or dtype.itemsize > np.dtype(np.float64).itemsize:
        raise _refuse(f"{type(value).__name__} of the type {dtype}", where)
    if isinstance(value, np.generic):
        return {"scalar": [dtype.str[1:], value.astype(dtype.newbyteorder("<")).tobytes().hex()]}
    name, of_truths = f"callback/{len(arrays)}", dtype.kind == "b"
    arrays[name] = np.array(value, dtype=np.uint8 if of_truths else dtype)
    return {"truths" if of_truths else "array": name}


def _decode_scalar(code: str, content: str) -> object:
    """Return a number of NumPy from its type and its bytes, which are little-endian."""
    dtype = np.dtype(f"<{code}")
    if dtype.kind not in _KINDS:
        raise ValueError(f"this is no type of a number: {code}")
    (value,) = np.frombuffer(bytes.fromhex(content), dtype=dtype).astype(dtype.newbyteorder("="))
    return value


def _require_key(key: object, where: str) -> str:
    if type(key) is not str:
        raise _refuse(f"a dict with the key {key!r:.40}, which is no text", where)
    return _require_text(key, where)


def _require_text(text: str, where: str) -> str:
    """Return a text that a file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _refuse(f"a text with half of a pair of characters: {text!a:.40}", where) from None
    return text


def _refuse(found: str, where: str) -> UsageError:
    return UsageError(
        "a callback's capture() returned what cannot be kept",
        expected="numbers, texts, truth values, None, arrays of numbers, and lists, tuples or dicts of them",
        found=found,
        where=where,
        remedy="return it in such a form, and make it again in restore()",
    )
