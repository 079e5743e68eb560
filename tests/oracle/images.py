"""Synthetic images, point by point and pixel by pixel."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from oracle.streams import draw_bytes

_CANVAS = 20
_AREA = 24
_SIDE = 28
_BLOCK = 512
_SAMPLE_BYTES = 592

Point = tuple[int, int]
Glyph = dict[Point, int]


def _clip(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


def _draw_segment(start: Point, end: Point, pixel: Point) -> int:
    """Return the ink that the segment leaves on a pixel."""
    dy, dx = end[0] - start[0], end[1] - start[1]
    ry, rx = pixel[0] - start[0], pixel[1] - start[1]
    length = max(1, dy * dy + dx * dx)
    along = _clip(ry * dy + rx * dx, 0, length)
    vy, vx = ry * length - dy * along, rx * length - dx * along
    return _clip(448 - 8 * (16 * (vy * vy + vx * vx) // (length * length)), 0, 255)


@cache
def draw_glyph(seed: int, kind: int, variant: int) -> Glyph:
    """Return the pixels of a glyph on its canvas that are not zero."""
    stream = draw_bytes(500, seed, "synthetic/prototypes")
    points: list[Point] = []
    for point in range(5):
        base = (kind * 5 + point) * 2
        jitter = 100 + ((kind * 4 + variant) * 5 + point) * 2
        y, x = (
            _clip((stream[base + i] * 20 >> 8) + (stream[jitter + i] * 3 >> 8) - 1, 0, _CANVAS - 1) for i in range(2)
        )
        points.append((y, x))
    canvas = [(y, x) for y in range(_CANVAS) for x in range(_CANVAS)]
    inks = {p: max(_draw_segment(a, b, p) for a, b in pairwise(points)) for p in canvas}
    return {p: ink for p, ink in inks.items() if ink}


@cache
def _draw_block(seed: int, part: str, block: int) -> bytes:
    return draw_bytes(_SAMPLE_BYTES * _BLOCK, seed, part, block)


def draw_sample(seed: int, part: str, number: int) -> tuple[bytes, int]:
    """Return one image of 784 bytes with its label; part is "synthetic/train" or "synthetic/test"."""
    begin = _SAMPLE_BYTES * (number % _BLOCK)
    h = _draw_block(seed, part, number // _BLOCK)[begin : begin + _SAMPLE_BYTES]
    label = (h[0] + 256 * h[1]) * 10 >> 16
    other = (label + 1 + ((h[2] + 256 * h[3]) * 9 >> 16)) % 10
    image = bytearray(_SIDE * _SIDE)
    inks: dict[Point, int] = {}
    for kind, strength, place in ((label, 128 + (h[10] >> 1), 4), (other, h[11] >> 1, 7)):
        down, right = h[place + 1] * 5 >> 8, h[place + 2] * 5 >> 8
        for (y, x), ink in draw_glyph(seed, kind, h[place] * 4 >> 8).items():
            at = y + down, x + right
            inks[at] = max(inks.get(at, 0), ink * strength)
    for (y, x), ink in inks.items():
        noise = h[16 + y * _AREA + x]
        if noise >= 32:
            image[(y + 2) * _SIDE + x + 2] = (ink >> 8) * (noise | 128) >> 8
    return bytes(image), label


@cache
def draw_samples(count: int, seed: int, part: str) -> tuple[list[bytes], list[int]]:
    """Return the first samples of a part: images and labels."""
    samples = [draw_sample(seed, part, number) for number in range(count)]
    return [image for image, _ in samples], [label for _, label in samples]
