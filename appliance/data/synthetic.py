"""Synthetic images: ten classes of handwriting-like strokes, made from raw words by integer arithmetic.

Part of bits 2. All values are integers, `>>` and `//` round down, indices start at
zero, images are 28 x 28 bytes in C order (row y, column x). `bytes(stream)` are the words of a stream
(`appliance.streams.draw_words`), each written as eight bytes, least significant first.

Glyphs. `bytes(seed, "synthetic/prototypes")` gives 100 bytes `b[class][point][y, x]` (10 x 5 x 2) followed by
400 bytes `j[class][variant][point][y, x]` (10 x 4 x 5 x 2). A control point is `(b * 20 >> 8) + (j * 3 >> 8) - 1`,
clipped to 0..19. A glyph (class, variant) is the polyline through its five points, drawn on a 20 x 20 canvas:
for the segment from `a` along `d` and the pixel `p`, with `r = p - a`, `m = max(1, d.d)`,
`t = clip(r.d, 0, m)`, `v = r * m - d * t`, the squared distance in sixteenths is `q = 16 * (v.v) // (m * m)`
and the ink is `clip(448 - 8 * q, 0, 255)`; the glyph's pixel is the largest ink of its four segments.
A glyph shifted by (y, x), both 0..4, lies with its canvas at row y, column x of a 24 x 24 area.

Samples. Sample i of part "synthetic/train" or "synthetic/test" takes the 592 bytes `h` from `592 * (i % 512)` of
`bytes(seed, part, i // 512)`:
    label    = (h0 + 256 * h1) * 10 >> 16
    other    = (label + 1 + ((h2 + 256 * h3) * 9 >> 16)) % 10       a class that is not the label
    ink      = glyph(label, variant h4 * 4 >> 8), shifted by (h5 * 5 >> 8, h6 * 5 >> 8)
    ghost    = glyph(other, variant h7 * 4 >> 8), shifted by (h8 * 5 >> 8, h9 * 5 >> 8)
    strength = 128 + (h10 >> 1) for the ink, h11 >> 1 for the ghost: the ghost is always the fainter one
    area     = (max(ink * strength, ghost * strength) >> 8) * (n | 128) >> 8, and 0 where n < 32,
               n = h[16:592] being the noise byte of each pixel of the 24 x 24 area; h12 to h15 are not used
    image    = the area with a border of two zero pixels on every side

Glyphs depend on the seed alone; a sample depends on (seed, part, i) and on no count, so that a smaller set is the
beginning of a larger one. About one pixel in five is not zero; the largest value is 253.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from appliance.streams import draw_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

CLASSES = 10
SIDE = 28
FEATURES = SIDE * SIDE

Part = Literal["train", "test"]

_POINTS = 5
_VARIANTS = 4
_CANVAS = 20
_SHIFTS = 5
_AREA = 24
_BORDER = 2
_BLOCK = 512
_HEADER = 16
_SAMPLE_BYTES = _HEADER + _AREA * _AREA


def draw_synthetic(count: int, seed: int, part: Part) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the first `count` samples of a part: features uint8 (count, 784), labels uint8 (count,)."""
    features = np.empty((count, FEATURES), dtype=np.uint8)
    labels = np.empty(count, dtype=np.uint8)
    for block, (images, classes) in enumerate(draw_blocks(count, seed, part)):
        rows = slice(block * _BLOCK, block * _BLOCK + len(classes))
        features[rows], labels[rows] = images, classes
    return features, labels


def draw_blocks(count: int, seed: int, part: Part) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Yield the samples of `draw_synthetic` in order, 512 at a time."""
    table = _tabulate_shifts(_draw_glyphs(seed))
    for block, start in enumerate(range(0, count, _BLOCK)):
        size = min(_BLOCK, count - start)
        rows = _draw_bytes(size * _SAMPLE_BYTES, seed, f"synthetic/{part}", block).reshape(size, _SAMPLE_BYTES)
        area, labels = _compose_samples(table, rows)
        images = np.zeros((size, SIDE, SIDE), dtype=np.uint8)
        images[:, _BORDER:-_BORDER, _BORDER:-_BORDER] = area
        yield images.reshape(size, FEATURES), labels.astype(np.uint8)


def _draw_bytes(count: int, seed: int, name: str, *indices: int) -> NDArray[np.uint8]:
    """Return the first `count` bytes of a stream, the least significant byte of each word first."""
    words = draw_words(-(-count // 8), seed, name, *indices)
    return words.astype("<u8").view(np.uint8)[:count]


def _draw_glyphs(seed: int) -> NDArray[np.uint8]:
    """Return every glyph, uint8 (class, variant, 20, 20)."""
    places = CLASSES * _POINTS * 2
    drawn = _draw_bytes(places * (1 + _VARIANTS), seed, "synthetic/prototypes").astype(np.int64)
    base = drawn[:places].reshape(CLASSES, 1, _POINTS, 2) * _CANVAS >> 8
    jitter = (drawn[places:].reshape(CLASSES, _VARIANTS, _POINTS, 2) * 3 >> 8) - 1
    points = np.clip(base + jitter, 0, _CANVAS - 1)
    pixels = np.moveaxis(np.indices((_CANVAS, _CANVAS), dtype=np.int64), 0, -1)
    glyphs = np.zeros((CLASSES, _VARIANTS, _CANVAS, _CANVAS), dtype=np.int64)
    for segment in range(_POINTS - 1):
        start = points[:, :, segment, None, None, :]
        ink = _draw_segment(pixels - start, points[:, :, segment + 1, None, None, :] - start)
        glyphs = np.maximum(glyphs, ink)
    return glyphs.astype(np.uint8)


def _draw_segment(offset: NDArray[np.int64], along: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ink 0..255 of pixels at `offset` (..., 2) from the start of segments running `along` (..., 2)."""
    (y, x), (dy, dx) = np.moveaxis(offset, -1, 0), np.moveaxis(along, -1, 0)
    length = np.maximum(dy * dy + dx * dx, 1)
    foot = np.clip(y * dy + x * dx, 0, length)
    away_y, away_x = y * length - dy * foot, x * length - dx * foot
    distance = 16 * (away_y * away_y + away_x * away_x) // (length * length)
    ink: NDArray[np.int64] = np.clip(448 - 8 * distance, 0, 255)
    return ink


def _tabulate_shifts(glyphs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return each glyph at each shift, uint8 (class * variant * 5 * 5, 576), the last index running fastest."""
    table = np.zeros((CLASSES, _VARIANTS, _SHIFTS, _SHIFTS, _AREA, _AREA), dtype=np.uint8)
    for y in range(_SHIFTS):
        for x in range(_SHIFTS):
            table[:, :, y, x, y : y + _CANVAS, x : x + _CANVAS] = glyphs
    return table.reshape(-1, _AREA * _AREA)


def _compose_samples(table: NDArray[np.uint8], rows: NDArray[np.uint8]) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """Return the areas, uint16 (n, 24, 24), and labels, int64 (n,), of samples with the bytes `rows` (n, 592)."""
    head = rows[:, :_HEADER].astype(np.int64).T
    label = (head[0] + 256 * head[1]) * CLASSES >> 16
    other = (label + 1 + ((head[2] + 256 * head[3]) * (CLASSES - 1) >> 16)) % CLASSES
    ink = table[_find_row(label, head[4], head[5], head[6])].astype(np.uint16)
    ink *= (128 + (head[10] >> 1)).astype(np.uint16)[:, None]
    ghost = table[_find_row(other, head[7], head[8], head[9])].astype(np.uint16)
    ghost *= (head[11] >> 1).astype(np.uint16)[:, None]
    area = np.maximum(ink, ghost, out=ink)
    noise = rows[:, _HEADER:]
    area >>= np.uint16(8)
    area *= noise | np.uint8(128)
    area >>= np.uint16(8)
    area *= noise >= np.uint8(32)
    return area.reshape(-1, _AREA, _AREA), label


def _find_row(
    classes: NDArray[np.int64], variant: NDArray[np.int64], y: NDArray[np.int64], x: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the table rows for classes 0..9 with variant and shifts still as bytes 0..255, int64 (n,)."""
    glyph = classes * _VARIANTS + (variant * _VARIANTS >> 8)
    row: NDArray[np.int64] = (glyph * _SHIFTS + (y * _SHIFTS >> 8)) * _SHIFTS + (x * _SHIFTS >> 8)
    return row
