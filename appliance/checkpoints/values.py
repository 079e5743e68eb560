"""What a user's callback carries, as JSON with arrays beside it: the values come back with their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from verify.digests import JsonValue

    Arrays = dict[str, NDArray[np.generic]]

_LARGEST = 2**63
_KINDS = "fiu"


def encode(value: Any, arrays: Arrays, where: str) -> JsonValue:  # noqa: ANN401 - what users carry
    """Return the JSON form of a value; its arrays are added to `arrays`.

    Raises:
        UsageError: the value has a type that cannot be kept.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(value, arrays, where)
    if isinstance(value, int) and abs(value) < _LARGEST:
        return value
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [encode(one, arrays, f"{where}[{number}]") for number, one in enumerate(value)]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: encode(one, arrays, f"{where}, {key}") for key, one in value.items()}}
    raise _refuse(value, where)


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
    if kind == "float" and isinstance(inner, str):
        return float.fromhex(inner)
    if kind in ("array", "number") and inner in arrays:
        array = np.array(arrays[str(inner)])
        array = array.astype(array.dtype.newbyteorder("="))
        return array if kind == "array" else array[()]
    if kind in ("list", "tuple") and isinstance(inner, list):
        found = [decode(one, arrays) for one in inner]
        return found if kind == "list" else tuple(found)
    if kind == "dict" and isinstance(inner, dict):
        return {key: decode(one, arrays) for key, one in inner.items()}
    raise ValueError(f"this is no value of a callback: {kind}")


def _encode_array(value: Any, arrays: Arrays, where: str) -> JsonValue:  # noqa: ANN401 - an array or a number
    array = np.asarray(value)
    if array.dtype.kind not in _KINDS or array.dtype.itemsize > np.dtype(np.float64).itemsize:
        raise _refuse(value, where)
    name = f"callback/{len(arrays)}"
    arrays[name] = np.array(array)
    return {"array" if isinstance(value, np.ndarray) else "number": name}


def _refuse(value: object, where: str) -> UsageError:
    return UsageError(
        "a callback's capture() returned what cannot be kept",
        expected="numbers, texts, truth values, None, arrays of numbers, and lists or dicts of them",
        found=f"{type(value).__name__}",
        where=where,
    )
