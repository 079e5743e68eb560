"""The first difference of two files that are no archives: arrays, tensors, pictures, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import attrs
import numpy as np

from appliance.vary.comparing import arrays
from appliance.vary.comparing.pictures import iterate_pixels, read_picture
from verify.files import arrays as files

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 2**20
_LARGE = 10**6  # a distance that is only told roughly


@attrs.frozen(kw_only=True)
class Difference:
    """The first place in which two outputs differ.

    Args:
        where: the place: a member, an element, a line, a byte.
        a: what the first output has there.
        b: what the second has there.
        ulp: for numbers, how many representable numbers they are apart.
        count: how many elements, lines or bytes differ; None where that is not counted.
        size: how many there are.
        unit: what is counted.
    """

    where: str
    a: str
    b: str
    ulp: int | None = None
    count: int | None = None
    size: int | None = None
    unit: str = ""

    def describe(self) -> str:
        """Return it as one line."""
        parts = [f"{self.where}: {self.a} / {self.b}"]
        if self.ulp is not None:
            parts.append(f"{self.ulp if self.ulp < _LARGE else f'{self.ulp:.1e}'} ulp")
        if self.count is not None:
            parts.append(f"{self.count} of {self.size} {self.unit} differ")
        return ", ".join(parts)

    def inside(self, place: str) -> Difference:
        """Return it as a difference inside something else."""
        return attrs.evolve(self, where=f"{place} {self.where}")


def _from_gap(gap: arrays.Gap | None, unit: str = "values") -> Difference | None:
    if gap is None:
        return None
    where = f"element [{', '.join(map(str, gap.index))}]" if gap.index else "value"
    return Difference(where=where, a=gap.a, b=gap.b, ulp=gap.ulp, count=gap.count, size=gap.size, unit=unit)


def _compare_headers(a: files.Header, b: files.Header) -> Difference | None:
    for what, x, y in (
        ("type", a.dtype, b.dtype),
        ("shape", list(a.shape), list(b.shape)),
        ("memory order", a.order, b.order),
    ):
        if x != y:
            return Difference(where=what, a=str(x), b=str(y))
    return None


def compare_arrays(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    """Compare two npy files."""
    x, y = files.read_header(a), files.read_header(b)
    return _compare_headers(x, y) or _from_gap(arrays.compare_elements(a, b, x))


def compare_tensors(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    """Compare two safetensors files tensor by tensor."""
    (x, begin), (y, start) = files.read_tensor_header(a), files.read_tensor_header(b)
    if sorted(x.tensors) != sorted(y.tensors):
        return Difference(where="names of tensors", a=", ".join(sorted(x.tensors)), b=", ".join(sorted(y.tensors)))
    for name in sorted(x.tensors):
        one, other = x.tensors[name], y.tensors[name]
        a.seek(begin + one.begin)
        b.seek(start + other.begin)
        found = _compare_headers(one.header, other.header) or _from_gap(arrays.compare_elements(a, b, one.header))
        if found is not None:
            return found.inside(f"tensor {name}")
    return None if x.metadata == y.metadata else Difference(where="metadata", a=str(x.metadata), b=str(y.metadata))


def compare_pictures(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    """Compare two PNG files pixel by pixel."""
    (x, _chunks), (y, _others) = read_picture(a), read_picture(b)
    if x != y:
        return Difference(where="form", a=f"{x.width} x {x.height}", b=f"{y.width} x {y.height}")
    a.seek(0)
    b.seek(0)
    first, pixels = None, 0
    for row, (line, other) in enumerate(zip(_read_rows(a), _read_rows(b), strict=False)):
        unequal = np.frombuffer(line, np.uint8) != np.frombuffer(other, np.uint8)
        usable = len(unequal) // x.step * x.step
        columns = np.flatnonzero(unequal[:usable].reshape(-1, x.step).any(axis=1))
        pixels += columns.size
        if first is None and columns.size:
            cut = slice(int(columns[0]) * x.step, (int(columns[0]) + 1) * x.step)
            first = f"row {row}, column {columns[0]}", str(list(line[cut])), str(list(other[cut]))
    if first is None:
        return Difference(where="palette or transparency", a="one", b="another")
    count = x.width * x.height
    return Difference(where=first[0], a=first[1], b=first[2], count=pixels, size=count, unit="pixels")


def _read_rows(stream: BinaryIO) -> Iterator[bytes]:
    parts = iterate_pixels(stream)
    next(parts)
    yield from (part for part in parts if not part.startswith((b"PLTE", b"tRNS")))


def compare_bytes(a: BinaryIO, b: BinaryIO, _: str) -> Difference | None:
    """Compare two files byte by byte."""
    start, count, first, size = 0, 0, None, 0
    while True:
        x, y = a.read(_BLOCK), b.read(_BLOCK)
        if not x and not y:
            break
        both = min(len(x), len(y))
        unequal = np.flatnonzero(np.frombuffer(x[:both], np.uint8) != np.frombuffer(y[:both], np.uint8))
        count += unequal.size + abs(len(x) - len(y))
        size += max(len(x), len(y))
        if first is None and (unequal.size or len(x) != len(y)):
            place = int(unequal[0]) if unequal.size else both
            first = start + place, x[place : place + 8].hex() or "the end", y[place : place + 8].hex() or "the end"
        start += both
    if first is None:
        return None
    return Difference(where=f"byte {first[0]}", a=first[1], b=first[2], count=count, size=size, unit="bytes")
