"""Reads the pixels of PNG files."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples of one pixel, by colour type
_LARGEST_CHUNK = 2**28
_LARGEST_ROW = 2**26
_KEPT = (b"PLTE", b"tRNS")  # chunks beside the pixels that decide the colours
_Row = np.ndarray[tuple[int], np.dtype[np.uint8]]


class PictureError(Exception):
    """A PNG file that is damaged, or of a kind that is not read: interlaced."""


@attrs.frozen(kw_only=True)
class Shape:
    """Width, height and form of the pixels of a picture."""

    width: int
    height: int
    depth: int
    color: int

    @property
    def step(self) -> int:
        """How many bytes before a byte its left neighbour stands."""
        return max(_SAMPLES[self.color] * self.depth // 8, 1)

    @property
    def row(self) -> int:
        """Bytes of one row."""
        return (self.width * _SAMPLES[self.color] * self.depth + 7) // 8


def iterate_pixels(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what decides the look of a picture: its form, its palette, its rows from the top."""
    shape, chunks = read_picture(stream)
    yield repr(shape).encode()
    rows = _iterate_rows(shape, chunks)
    yield from rows


def read_picture(stream: BinaryIO) -> tuple[Shape, Iterator[tuple[bytes, bytes]]]:
    """Return the form of a picture and its further chunks.

    Raises:
        PictureError: it is damaged or interlaced.
    """
    if stream.read(len(_SIGNATURE)) != _SIGNATURE:
        raise PictureError("no PNG file")
    chunks = _iterate_chunks(stream)
    name, data = next(chunks, (b"", b""))
    if name != b"IHDR" or len(data) != 13:  # noqa: PLR2004 - the length that the format gives
        raise PictureError("no header")
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", data)
    if interlaced or color not in _SAMPLES:
        raise PictureError("interlaced, or of an unknown colour type")
    shape = Shape(width=width, height=height, depth=depth, color=color)
    if shape.row > _LARGEST_ROW:
        raise PictureError("a row is too large")
    return shape, chunks


def _iterate_chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while len(head := stream.read(8)) == 8:  # noqa: PLR2004 - length and name
        length, name = struct.unpack(">I4s", head)
        if length > _LARGEST_CHUNK:
            raise PictureError("a chunk is too large")
        data = stream.read(length)
        stream.read(4)
        yield name, data
        if name == b"IEND":
            return


def _iterate_rows(shape: Shape, chunks: Iterator[tuple[bytes, bytes]]) -> Iterator[bytes]:
    """Yield the palette and the rows without their filters."""
    inflater, buffer = zlib.decompressobj(), bytearray()
    above = np.zeros(shape.row, np.uint8)
    count = 0
    for name, data in chunks:
        if name in _KEPT:
            yield name + data
        if name != b"IDAT":
            continue
        buffer += inflater.decompress(data)
        whole = len(buffer) // (shape.row + 1)
        for number in range(whole):
            start = number * (shape.row + 1)
            line = np.frombuffer(bytes(buffer[start + 1 : start + 1 + shape.row]), np.uint8)
            above = _unfilter(buffer[start], line, above, shape.step)
            yield above.tobytes()
        del buffer[: whole * (shape.row + 1)]
        count += whole
    if count < shape.height:
        raise PictureError("rows are missing")


def _unfilter(kind: int, line: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Return a row without its filter."""
    if kind == 0:
        return line
    if kind == 2:  # noqa: PLR2004 - the filter "up"
        return line + above
    if kind not in (1, 3, 4):
        raise PictureError("an unknown filter")
    left_of, up, done = [0] * step, above.tolist(), line.tolist()
    for place, value in enumerate(done):
        left = done[place - step] if place >= step else left_of[place]
        corner = up[place - step] if place >= step else 0
        guess = left if kind == 1 else (left + up[place]) // 2 if kind == 3 else _guess(left, up[place], corner)  # noqa: PLR2004
        done[place] = (value + guess) & 255
    return np.array(done, np.uint8)


def _guess(left: int, above: int, corner: int) -> int:
    """Return Paeth's choice among three neighbours."""
    middle = left + above - corner
    far_left, far_above, far_corner = abs(middle - left), abs(middle - above), abs(middle - corner)
    if far_left <= far_above and far_left <= far_corner:
        return left
    return above if far_above <= far_corner else corner
