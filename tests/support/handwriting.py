"""Specification bits 2 of synthetic data in plain Python: slow, with lists and integers only, written from its text."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from appliance.streams import draw_words


def list_bytes(count: int, seed: int, name: str, *indices: int) -> list[int]:
    """Return bytes of a stream, least significant first within a word."""
    words = draw_words(-(-count // 8), seed, name, *indices).tolist()
    return [int(word) >> shift & 255 for word in words for shift in range(0, 64, 8)][:count]


def clip(value: int, low: int, high: int) -> int:
    """Return the nearest integer from low to high."""
    return min(max(value, low), high)


@cache
def draw_glyph(seed: int, label: int, variant: int) -> list[list[int]]:
    """Return one glyph as 20 rows of 20 bytes."""
    drawn = list_bytes(500, seed, "synthetic/prototypes")
    base, jitter = drawn[10 * label :], drawn[100 + 10 * (4 * label + variant) :]
    flat = [clip((base[k] * 20 >> 8) + (jitter[k] * 3 >> 8) - 1, 0, 19) for k in range(10)]
    points = list(zip(flat[0::2], flat[1::2], strict=True))
    return [[max(draw_ink(y, x, *ends) for ends in pairwise(points)) for x in range(20)] for y in range(20)]


def draw_ink(y: int, x: int, start: tuple[int, int], end: tuple[int, int]) -> int:
    """Return the ink that one segment leaves on one pixel."""
    (ry, rx), (dy, dx) = (y - start[0], x - start[1]), (end[0] - start[0], end[1] - start[1])
    m = max(1, dy * dy + dx * dx)
    t = clip(ry * dy + rx * dx, 0, m)
    vy, vx = ry * m - dy * t, rx * m - dx * t
    return clip(448 - 8 * (16 * (vy * vy + vx * vx) // (m * m)), 0, 255)


def read_shifted(glyph: list[list[int]], shift: tuple[int, int], y: int, x: int) -> int:
    """Return the pixel (y, x) of the 24 x 24 area with a shifted glyph."""
    row, column = y - shift[0], x - shift[1]
    return glyph[row][column] if 0 <= row < 20 and 0 <= column < 20 else 0


def draw_sample(index: int, seed: int, part: str) -> tuple[list[int], int]:
    """Return one sample: 784 bytes, its label."""
    start = 592 * (index % 512)
    h = list_bytes(start + 592, seed, f"synthetic/{part}", index // 512)[start:]
    label = (h[0] + 256 * h[1]) * 10 >> 16
    other = (label + 1 + ((h[2] + 256 * h[3]) * 9 >> 16)) % 10
    ink, ghost = draw_glyph(seed, label, h[4] * 4 >> 8), draw_glyph(seed, other, h[7] * 4 >> 8)
    ink_shift, ghost_shift = (h[5] * 5 >> 8, h[6] * 5 >> 8), (h[8] * 5 >> 8, h[9] * 5 >> 8)
    image = [0] * 784
    for y in range(24):
        for x in range(24):
            n = h[16 + 24 * y + x]
            near = read_shifted(ink, ink_shift, y, x) * (128 + (h[10] >> 1))
            far = read_shifted(ghost, ghost_shift, y, x) * (h[11] >> 1)
            image[28 * (y + 2) + x + 2] = 0 if n < 32 else (max(near, far) >> 8) * (n | 128) >> 8
    return image, label
