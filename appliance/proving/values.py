"""Values of single objects as text, the same in two processes if the values are."""

from __future__ import annotations

import ctypes
import datetime as dt
import decimal
import enum
import fractions
import hashlib
import io
import mmap
import pathlib
import random
import re
import threading
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.digests import digest_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN = 60  # characters of a text that are shown
_FEW = 4  # numbers of an array that are shown
_LONG = 256  # bits of a whole number that is shown
_PLAIN = (
    bool, int, str, bytes, float, complex, type(None), type(...), type(NotImplemented), range, slice,
    decimal.Decimal, fractions.Fraction, dt.date, dt.time, dt.timedelta, dt.tzinfo,
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
    if kind is int and found.bit_length() >= _LONG:
        return digest_bytes(found.to_bytes(found.bit_length() // 8 + 1, "little", signed=True))
    if kind in _PLAIN:
        return shorten(repr(found))
    return next((tell(found) for base, tell in _TELLERS if issubclass(kind, base)), None)


def _describe_number(found: Any) -> str:  # noqa: ANN401 - a number of NumPy
    value = found.tobytes().hex() if found.dtype.kind in "OV" else repr(found.item())
    return f"{found.dtype.str} {value}"


_TELLERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bytearray, lambda found: shorten(repr(bytes(found)))),
    (enum.Enum, lambda found: f"{type(found).__qualname__}.{object.__getattribute__(found, '_name_')}"),
    (np.generic, _describe_number),
    (pathlib.PurePath, lambda found: repr(pathlib.PurePath.__str__(found))),
    (np.dtype, np.dtype.__str__),
    (re.Pattern, lambda found: f"{found.pattern!r} {found.flags}"),
    (types.CodeType, lambda found: f"code {found.co_qualname}"),
    (_NAMED, lambda found: found.__name__),
)


def describe_key(found: Any) -> str | None:  # noqa: ANN401 - any object
    """Return a key of a table as text: a plain value, a class, or a tuple of these; None for all others."""
    if type(found) is tuple:
        texts = [describe_key(one) for one in found]
        return None if None in texts else f"({', '.join(map(str, texts))})"
    if isinstance(found, type):
        return f"{found.__module__}.{found.__qualname__}"
    return describe_plain(found)


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
    """Return the state of a generator, a file, a lock or memory, which only their methods tell; None for all others."""
    kind = type(found)
    return next((tell(found) for base, tell in _STATES if issubclass(kind, base)), None)


def _describe_random(found: Any) -> str:  # noqa: ANN401 - a generator of Python's
    return "the system's" if type(found) is random.SystemRandom else _digest_state(random.Random.getstate(found))


def _describe_generator(found: Any) -> str:  # noqa: ANN401 - a generator of NumPy's
    """Return the digest of the state, and how many generators were made from this one."""
    seeds = getattr(found, "seed_seq", None)
    children = f", {seeds.n_children_spawned} children" if type(seeds) is np.random.SeedSequence else ""
    return f"{_digest_state(found.state)}{children}"


def _describe_memory(found: Any) -> str:  # noqa: ANN401 - numbers of C, or a file in memory
    """Return the bytes of an object that lends them."""
    try:
        content = bytes(memoryview(found))
    except (ValueError, TypeError, BufferError) as error:  # one that is closed, or without a length
        return str(error)
    return f"{len(content)} bytes {content[:_FEW].hex()} {digest_bytes(content)}"


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


_ADDRESSES = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_wchar_p)
_STATES: tuple[tuple[type | tuple[type, ...], Callable[[Any], str | None]], ...] = (
    (random.Random, _describe_random),
    (np.random.RandomState, lambda found: _digest_state(found.get_state(legacy=False))),  # noqa: TID251 - users have them
    (np.random.Generator, lambda found: _describe_generator(found.bit_generator)),
    (np.random.BitGenerator, _describe_generator),
    (np.random.SeedSequence, lambda found: _list_numbers(found.state)),
    (np.flatiter, lambda found: f"at {found.index}"),
    (np.nditer, lambda found: f"at {found.iterindex}"),
    (io.IOBase, _describe_file),
    (_LOCKS[:1], lambda found: f"locked: {found.locked()}"),
    (_ADDRESSES, lambda _: None),
    ((ctypes.Structure, ctypes.Union, ctypes.Array, ctypes.c_int.__base__ or ctypes.c_int), _describe_memory),
    (mmap.mmap, _describe_memory),
    (type(hashlib.sha256()), lambda found: f"{found.name} {found.hexdigest()}"),
)
