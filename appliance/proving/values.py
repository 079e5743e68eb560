"""Values of single objects as text, the same in two processes if the values are."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import io
import pathlib
import random
import re
import threading
import types
from typing import Any

import numpy as np

from verify.digests import digest_bytes

_SHOWN = 60  # characters of a text that are shown
_FEW = 4  # numbers of an array that are shown
_PLAIN = (
    bool, int, float, complex, type(None), type(...), type(NotImplemented), range, slice,
    decimal.Decimal, fractions.Fraction, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo,
)  # fmt: skip
_NAMED = (
    types.MethodDescriptorType, types.WrapperDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType,
    types.ClassMethodDescriptorType, np.ufunc,
)  # fmt: skip
_LOCKS = (type(threading.Lock()), type(threading.RLock()))


def shorten(text: str, shown: int = _SHOWN) -> str:
    """Return a text, or its beginning with the digest of the whole where it is long."""
    if len(text) <= max(shown, 1):
        return text
    return f"{text[:shown]}{'... ' if shown else ''}{digest_bytes(text.encode('utf-8', 'surrogatepass'))}"


def describe_plain(found: Any) -> str | None:  # noqa: ANN401 - any object
    """Return the value of an object that holds nothing else; None for all others."""
    kind = type(found)
    if kind in _PLAIN:
        return shorten(repr(found)) if kind is not int or found.bit_length() < _LONG else digest_integer(found)
    if kind is str:
        return shorten(repr(found))
    if kind in (bytes, bytearray):
        return shorten(repr(bytes(found)))
    if issubclass(kind, enum.Enum):
        return f"{kind.__qualname__}.{object.__getattribute__(found, '_name_')}"
    if issubclass(kind, np.generic):
        return f"{found.dtype.str} {found.tobytes().hex() if found.dtype.kind in 'OV' else found.item()!r}"
    if issubclass(kind, pathlib.PurePath):
        return repr(pathlib.PurePath.__str__(found))
    if issubclass(kind, np.dtype):
        return np.dtype.__str__(found)
    if kind is re.Pattern:
        return f"{found.pattern!r} {found.flags}"
    if kind is types.CodeType:
        return f"code {found.co_qualname}"
    return f"{found.__name__}" if kind in _NAMED else None


def describe_key(found: Any) -> str | None:  # noqa: ANN401 - any object
    """Return a key of a table as text: a plain value, a class, or a tuple of these; None for all others."""
    if type(found) is tuple:
        texts = [describe_key(one) for one in found]
        return None if None in texts else f"({', '.join(map(str, texts))})"
    if isinstance(found, type):
        return f"{found.__module__}.{found.__qualname__}"
    return describe_plain(found)


_LONG = 256  # bits of a whole number that is shown


def digest_integer(found: int) -> str:
    """Return the digest of a long whole number."""
    return digest_bytes(found.to_bytes(found.bit_length() // 8 + 1, "little", signed=True))


def describe_array(found: Any) -> str | None:  # noqa: ANN401 - any object
    """Return type, shape and digest of an array of numbers, and its numbers if they are few; None for all others."""
    if type(found).__module__.partition(".")[0] == "torch":
        return _describe_tensor(found)
    if not issubclass(type(found), np.ndarray):
        return None
    plain = found.view(np.ndarray) if type(found) is not np.ndarray else found
    if plain.dtype.hasobject:
        return f"{plain.dtype} {plain.shape}, {[describe_plain(one) for one in plain.flat]}"
    numbers = f" {plain.tolist()}" if plain.size <= _FEW else ""
    return f"{plain.dtype} {plain.shape}{numbers} {digest_bytes(plain.tobytes())}"


def _describe_tensor(found: Any) -> str | None:  # noqa: ANN401 - PyTorch is no dependency
    """Return a tensor or a generator of PyTorch as an array."""
    name = type(found).__name__
    if name in ("Tensor", "Parameter"):
        return describe_array(found.detach().cpu().contiguous().numpy())
    return describe_array(found.get_state().numpy()) if name == "Generator" else None


def describe_state(found: Any) -> str | None:  # noqa: ANN401 - any object
    """Return the state of a generator, a file or a lock, which only their methods tell; None for all others."""
    kind = type(found)
    if issubclass(kind, random.Random):
        return _digest_state(random.Random.getstate(found)) if kind is not random.SystemRandom else "the system's"
    if issubclass(kind, np.random.RandomState):
        return _digest_state(found.get_state(legacy=False))
    if issubclass(kind, np.random.Generator):
        return _digest_state(found.bit_generator.state)
    if issubclass(kind, np.random.BitGenerator):
        return _digest_state(found.state)
    if issubclass(kind, io.IOBase):
        return _describe_file(found)
    return f"locked: {found.locked()}" if kind is _LOCKS[0] else None


def _digest_state(state: object) -> str:
    """Return the digest of a generator's state: nested tables and tuples of numbers and arrays."""
    return digest_bytes(_list_numbers(state).encode())


def _list_numbers(state: Any) -> str:  # noqa: ANN401 - nested
    if isinstance(state, dict):
        return ";".join(f"{key}={_list_numbers(value)}" for key, value in sorted(state.items()))
    if isinstance(state, tuple):
        return ",".join(_list_numbers(value) for value in state)
    return str(state.tolist()) if isinstance(state, np.ndarray) else repr(state)


def _describe_file(found: Any) -> str:  # noqa: ANN401 - a file
    """Return the name of a file and the position in it."""
    try:
        return f"file {getattr(found, 'name', '')!r} at {found.tell()}"
    except (OSError, ValueError):
        return f"file {getattr(found, 'name', '')!r}"
