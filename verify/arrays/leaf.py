"""One value without parts: its type, shape and canonical bytes, little-endian, in C order, without padding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.digests import digest_bytes, format_canonical

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_WIDE = 8  # bytes; a float that is wider has bytes that mean nothing
_X87 = 63  # bits of the fraction of a format that fills 10 of 16 bytes


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


def canonize(array: Array) -> Array:
    """Return an array little-endian and in C order; bytes that are no part of a value are zero."""
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    component = little.dtype.itemsize // (2 if little.dtype.kind == "c" else 1)
    if little.dtype.kind in "fc" and component > _WIDE and np.finfo(little.dtype).nmant == _X87:
        little = little.copy()
        little.reshape(-1).view("|u1").reshape(-1, component)[:, 10:] = 0
    return little
