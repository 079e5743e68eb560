"""What the window of a convolution sees of padded images, as the columns of a matrix, for some output rows at a time.

Part of bits 2. An output of h' x w' pixels for m samples has h' * w' * m rows in its products, in the order row,
column, sample. A whole matrix of columns would be as often larger than the images as the window has pixels, so it is
made in blocks of output rows that stay in a processor's cache. No bit depends on the blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.layers.images import Window
    from appliance.layers.layer import Floats
    from appliance.numerics.plans import Do
    from appliance.numerics.workspace import Workspace

    Rows = tuple[int, int]

# Columns of a block fill at most this many bytes, or those of one output row.
_BLOCK_BYTES = 1 << 19


class Patches:
    """Padded images of one number of samples, and the matrix of what the window sees of them.

    Args:
        shape: (c, h, w) of an image.
        window: the window of the convolution.
        rows: the number of samples, m.
        dtype: of the images.
        work: where blocks of the matrix lie; they are overwritten by the next one.

    Attributes:
        padded: (c, h + 2 * above, w + 2 * left, m), with zeros around the images.
        inner: the pixels (c, h, w, m) inside of them.
        outputs: height and width of the output.
        length: the number of pixels in the window over all channels, k.
        samples: m.
    """

    def __init__(self, shape: tuple[int, int, int], window: Window, rows: int, dtype: Any, work: Workspace) -> None:  # noqa: ANN401 - a type
        channels, height, width = shape
        above, left = window.padding
        self.padded: Floats = np.zeros((channels, height + 2 * above, width + 2 * left, rows), dtype=dtype)
        self._borders = slice(above, above + height), slice(left, left + width)
        self.inner = self.find_inner(self.padded)
        self.outputs = window.find_outputs(height, width)
        self.length = channels * window.size[0] * window.size[1]
        self.samples = rows
        self._window = window
        self._work = work

    def find_inner(self, padded: Floats) -> Floats:
        """Return pixels (c, h, w, m) without the padding around them, in the same memory."""
        return padded[:, self._borders[0], self._borders[1]]

    def list_blocks(self, together: int = 1) -> Iterator[Rows]:
        """Yield runs of output rows that are computed at once, each a multiple of some rows that stay together."""
        row = self.length * self.outputs[1] * self.samples * self.padded.itemsize
        step = max(1, _BLOCK_BYTES // (row * together)) * together
        for start in range(0, self.outputs[0], step):
            yield start, min(start + step, self.outputs[0])

    def cut(self, rows: Rows) -> slice:
        """Return where the rows of a block lie among all rows of the product."""
        length = self.outputs[1] * self.samples
        return slice(rows[0] * length, rows[1] * length)

    def collect(self, rows: Rows, do: Do) -> Floats:
        """Return the block's rows of the left operand, (r, k), with k in the order channel, row, column.

        In memory it is (k, r).
        """
        channels, below, beside, step = self.padded.strides
        (height, width), (down, right) = self._window.size, self._window.stride
        shape = (len(self.padded), height, width, rows[1] - rows[0], self.outputs[1], self.samples)
        strides = (channels, below, beside, below * down, beside * right, step)
        first = self.padded[:, rows[0] * down :]
        columns = self._work.take("columns", *shape)
        do("copyto", columns, as_strided(first, shape, strides, writeable=False))
        return columns.reshape(self.length, -1).T

    def take_block(self, rows: Rows) -> Floats:
        """Return memory for the gradient of a block's rows of the left operand, laid out as in `collect`."""
        count = (rows[1] - rows[0]) * self.outputs[1] * self.samples
        return self._work.take_columns("column gradients", count, self.length)

    def scatter(self, block: Floats, rows: Rows, target: Floats, do: Do) -> None:
        """Add a block's gradient (r, k) to the gradient of the padded images, in the order of `Window.list_adding`."""
        (height, width), (_, wide) = self._window.size, self.outputs
        parts = block.T.reshape(len(self.padded), height, width, rows[1] - rows[0], wide, self.samples)
        for place in self._window.list_adding():
            seen = self._window.view(target, place, rows, wide)
            do("add", seen, parts[:, place[0], place[1]], seen)
