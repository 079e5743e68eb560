"""Windows that move over images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oracle.formats import Format, Kind
    from oracle.layers import Rows, Shape

_IMAGE = 3

Pair = tuple[int, int]


def read_pair(value: Any) -> Pair:  # noqa: ANN401 - a number or two of them
    """Return height and width."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def read_image(shape: Shape) -> tuple[int, int, int]:
    """Return channels, height and width."""
    c, h, w = shape if len(shape) == _IMAGE else (1, *shape)
    return c, h, w


@dataclass(frozen=True, kw_only=True)
class Window:
    """A window with its places in images of one shape."""

    image: tuple[int, int, int]
    size: Pair
    stride: Pair
    padding: Pair = (0, 0)

    @property
    def places(self) -> Pair:
        """How many places there are downwards and to the right."""
        _, h, w = self.image
        (a, b), (s, t), (p, q) = self.size, self.stride, self.padding
        return (h + 2 * p - a) // s + 1, (w + 2 * q - b) // t + 1

    def list_places(self) -> list[Pair]:
        """Return all places in the order y, x."""
        down, right = self.places
        return [(y, x) for y in range(down) for x in range(right)]

    def find_pixel(self, channel: int, place: Pair, offset: Pair) -> int | None:
        """Return the index in a sample of what a window sees at an offset; None outside of the image."""
        _, h, w = self.image
        y = place[0] * self.stride[0] + offset[0] - self.padding[0]
        x = place[1] * self.stride[1] + offset[1] - self.padding[1]
        return (channel * h + y) * w + x if 0 <= y < h and 0 <= x < w else None

    def list_offsets(self) -> list[Pair]:
        """Return all pixels of a window in the order i, j."""
        return [(i, j) for i in range(self.size[0]) for j in range(self.size[1])]

    def see(self, place: Pair, channels: range) -> list[int | None]:
        """Return the indices of what a window sees in some channels."""
        return [self.find_pixel(channel, place, offset) for channel in channels for offset in self.list_offsets()]


class Sums:
    """Images that numbers are added to, one by one."""

    def __init__(self, count: int, image: Shape, round_to: Format | Kind) -> None:
        self.rows: Rows = [[0.0] * math.prod(image) for _ in range(count)]
        self._round = round_to

    def add(self, sample: int, pixels: list[int], numbers: list[float]) -> None:
        """Add numbers to different pixels of a sample."""
        row = self.rows[sample]
        sums = self._round.round([row[pixel] + number for pixel, number in zip(pixels, numbers, strict=True)])
        for pixel, total in zip(pixels, sums, strict=True):
            row[pixel] = total
