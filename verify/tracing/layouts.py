"""Reads the bytes of arrays in C order, lowest byte first, from any layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1 << 17
"""Bytes of one block of a fingerprint."""
_X87_BITS, _X87_BYTES, _X87_WIDTHS = 63, 10, (12, 16)  # the long double of x86: the rest of its bytes is left unset


class UnreadableError(TypeError):
    """An array has no bytes of its own, because its elements are Python objects."""


def read_bytes(array: NDArray[Any]) -> Iterator[NDArray[np.uint8]]:
    """Yield the bytes of an array in C order, lowest byte first, in pieces of whole blocks but for the last.

    Raises:
        UnreadableError: its elements are Python objects.
    """
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    if array.dtype.hasobject:
        raise UnreadableError("an array of Python objects has no fingerprint")
    if array.size == 0 or array.dtype.itemsize == 0:
        return
    if array.dtype.char in "gG" and np.finfo(np.longdouble).nmant == _X87_BITS:
        array = _cut_long_doubles(array)
    plain = _make_plain(array.dtype)
    if plain == array.dtype and array.flags.c_contiguous and array.dtype.isnative:
        yield array.reshape(-1).view(np.uint8) if array.ndim else np.frombuffer(array.tobytes(), np.uint8)
        return
    if array.nbytes <= BLOCK:
        yield np.array(array, plain, order="C").reshape(-1).view(np.uint8)
    else:
        yield from _gather(_read_strided(array, plain))


def _read_strided(array: NDArray[Any], plain: np.dtype[Any]) -> Iterator[NDArray[np.uint8]]:
    """Yield the bytes of an array of any layout, in C order, in pieces of any size."""
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    iterator = np.nditer(  # type: ignore[call-overload]  # NumPy's types spell the flag "contig" wrongly
        array,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=[["readonly", "contig"]],
        op_dtypes=[plain],
        order="C",
        casting="unsafe",
        buffersize=max(16, BLOCK // plain.itemsize),
    )
    with iterator:
        for piece in iterator:
            yield np.ascontiguousarray(piece).view(np.uint8)


def _gather(pieces: Iterator[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """Yield the same bytes in whole blocks; only the last may be shorter. Each is overwritten by the next."""
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    block, filled = np.empty(BLOCK, np.uint8), 0
    for piece in pieces:
        start = 0
        while start < piece.size:
            taken = min(BLOCK - filled, piece.size - start)
            block[filled : filled + taken] = piece[start : start + taken]
            filled, start = filled + taken, start + taken
            if filled == BLOCK:
                yield block
                filled = 0
    if filled:
        yield block[:filled]


def _cut_long_doubles(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the bytes of long doubles that hold their values, without those that are never set."""
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    width = np.dtype(np.longdouble).itemsize
    whole = np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(-1, width)
    return whole[:, :_X87_BYTES] if width in _X87_WIDTHS else whole


def _make_plain(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a data type with its lowest byte first and with no gaps between the fields of a structure."""
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return np.dtype((_make_plain(base), shape))
    if dtype.names is not None and dtype.fields is not None:
        return np.dtype([(name, _make_plain(dtype.fields[name][0])) for name in dtype.names])
    return dtype.newbyteorder("<")
