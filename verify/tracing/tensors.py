"""Describes values for a trace: data type, shape, memory order, fingerprint.

`describe(name, value)` returns a list of JSON objects: one for an array or a number, several for a tuple, list or dict
of them, none for what has no fingerprint (`Tally` counts these types). An object has the keys

    name, dtype, shape, fingerprint   always
    order                             "F" or "strided"; absent for C order
    chunks                            fingerprints of parts, only above 2^20 bytes
    value                             of a single number or text: float.hex(), an int, or a text
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

from verify.tracing.fingerprints import (
    UnreadableError,
    fingerprint_array,
    fingerprint_bytes,
    fingerprint_chunks,
    join_chunks,
)
from verify.tracing.flattening import PYTHON, Tally, flatten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Tensor = dict[str, Any]
    Values = Mapping[str, object] | Iterable[tuple[str, object]]

LARGE = 1 << 20  # bytes from which on an array has chunks
_TEXT, _WORD = 200, 64


class Known:
    """A value with its descriptions, for an array that is in several events and is read once.

    Args:
        name: its name in each of these events.
        value: the value.
        tally: as for `describe`.
    """

    __slots__ = ("tensors", "value")

    def __init__(self, name: str, value: object, tally: Tally) -> None:
        self.value = value
        self.tensors = describe(name, value, tally)


def describe_all(values: Values, tally: Tally) -> list[Tensor]:
    """Return the descriptions of named values, in their order."""
    pairs = values.items() if hasattr(values, "items") else values
    return [tensor for name, value in pairs for tensor in describe(name, value, tally)]


def describe(name: str, value: object, tally: Tally) -> list[Tensor]:
    """Return the descriptions of one value: none if it has no fingerprint."""
    if isinstance(value, Known):
        return value.tensors
    found: list[Tensor] = []
    for label, member in flatten(name, value, tally):
        try:
            found.append(_describe_one(label, member))
            tally.bytes += getattr(member, "nbytes", 8)
        except (UnreadableError, TypeError, ValueError, OverflowError):
            tally.add(member)
    return found


def _describe_one(name: str, value: Any) -> Tensor:  # noqa: ANN401 - an array or a number
    kind = PYTHON.get(type(value))
    if kind is not None:
        return _describe_python(name, kind, value)
    numpy = sys.modules["numpy"]
    array = numpy.asarray(value)
    tensor: Tensor = {"name": name, "dtype": _name_dtype(array.dtype), "shape": list(array.shape)}
    if array.nbytes > LARGE:
        tensor["chunks"] = fingerprint_chunks(array)
        tensor["fingerprint"] = join_chunks(tensor["chunks"])
    else:
        tensor["fingerprint"] = fingerprint_array(array)
    flags = array.flags
    if not flags.c_contiguous:
        tensor["order"] = "F" if flags.f_contiguous else "strided"
    if array.ndim == 0 and array.dtype.names is None and array.dtype.kind != "V":
        number = array.item() if array.dtype.itemsize <= 16 or array.dtype.kind in "SU" else str(value)  # noqa: PLR2004
        tensor["value"] = format_scalar(number if type(number) in PYTHON else str(value))
    return tensor


def _name_dtype(dtype: Any) -> str:  # noqa: ANN401 - NumPy of any version
    return dtype.str if dtype.names is None and dtype.subdtype is None else str(dtype)


def _describe_python(name: str, kind: str, value: Any) -> Tensor:  # noqa: ANN401 - a number or a text
    if kind == "float":
        data = struct.pack("<d", value)
    elif kind == "complex":
        data = struct.pack("<dd", value.real, value.imag)
    elif kind in ("int", "bool"):
        data = int(value).to_bytes(max(8, value.bit_length() // 8 + 1), "little", signed=True)
    else:
        data = value if kind == "bytes" else value.encode("utf-8", "surrogatepass")
    return {
        "name": name,
        "dtype": kind,
        "shape": [],
        "fingerprint": fingerprint_bytes(data),
        "value": format_scalar(value),
    }


def format_scalar(value: Any) -> int | str:  # noqa: ANN401 - a number or a text
    """Return a number or a text as it stands in a trace: float.hex(), an int of 64 bits, or a short text."""
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, complex):
        return f"{value.real.hex()} {value.imag.hex()}"
    if isinstance(value, int):
        return int(value) if value.bit_length() < _WORD else hex(value)[:_TEXT]
    return (value if isinstance(value, str) else repr(value))[:_TEXT]
