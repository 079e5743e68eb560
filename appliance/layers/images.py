"""Images between layers: shape (m, c, h, w), one sample after the other, but in memory all samples of a pixel together.

Part of bits 2. The order in memory is (c, h, w, m): moving a window by some pixels, or taking every second pixel, then
leaves long runs of numbers side by side. No bit depends on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.errors import ConfigurationError
from appliance.layers.layer import Signal
from appliance.layers.operands import make_plain

if TYPE_CHECKING:
    from appliance.layers.layer import Floats, InputSpec
    from appliance.numerics.plans import Do
    from appliance.numerics.workspace import Workspace

_IMAGE_AXES = 3


def lay_out(pixels: Floats) -> Floats:
    """Return pixels (c, h, w, m) as images (m, c, h, w), in the same memory."""
    return pixels.transpose(3, 0, 1, 2)


def lay_out_like(pixels: Floats, units: Floats | None, like: Floats) -> Signal:
    """Return pixels (c, h, w, m), with units (m,) or of one number or none, as a signal of the shape of an input."""
    if units is not None and units.ndim:
        units = units.reshape(len(like), *(1 for _ in like.shape[1:]))
    return Signal(lay_out(pixels).reshape(like.shape), units)


def keep_sample_units(dy: Signal, do: Do) -> Signal:
    """Return a gradient with units of samples or without; other units are multiplied, in place."""
    if dy.units is None or dy.units.size == len(dy.values):
        return dy
    return Signal(make_plain(dy, do))


def view_pixels(images: Floats, shape: tuple[int, ...], name: str, work: Workspace, do: Do) -> Floats:
    """Return images as pixels (c, h, w, m): the same memory if it lies so, otherwise a copy by `do`.

    Args:
        images: (m, ...), as many values for each sample as `shape` has.
        shape: (c, h, w).
        name: of a copy.
        work: where a copy lies.
        do: carries out the copy, or lists it.
    """
    rows = len(images)
    pixels = images.reshape(rows, *shape).transpose(1, 2, 3, 0)
    if np.shares_memory(pixels, images) and pixels.flags.c_contiguous:
        return pixels
    copied = work.take(name, *shape, rows)
    do("copyto", lay_out(copied).reshape(images.shape), images)
    return copied


def find_image_shape(inputs: InputSpec, name: str) -> tuple[int, int, int]:
    """Return the shape (c, h, w) of images; (h, w) counts as one channel.

    Raises:
        ConfigurationError: the input has another shape.
    """
    shape = (1, *inputs.shape) if len(inputs.shape) == _IMAGE_AXES - 1 else inputs.shape
    if len(shape) != _IMAGE_AXES:
        raise ConfigurationError(
            "this layer needs images",
            expected="samples of shape (h, w) or (c, h, w)",
            found=f"shape {inputs.shape}",
            where=name,
            remedy="put it before layers that flatten images, and train on data with such a shape",
        )
    channels, height, width = shape
    return channels, height, width


@attrs.frozen(kw_only=True)
class Window:
    """A window of h x w pixels that is moved over images in steps, with zeros around them.

    Attributes:
        size: height and width of the window.
        stride: how far it moves, downwards and to the right.
        padding: rows of zeros above and below, columns of zeros on the left and on the right.
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)

    def find_outputs(self, height: int, width: int) -> tuple[int, int]:
        """Return how many places it has in an image, downwards and to the right; 0 or less where it does not fit."""
        (h, w), (down, right), (above, left) = self.size, self.stride, self.padding
        return (height + 2 * above - h) // down + 1, (width + 2 * left - w) // right + 1

    def require_fit(self, shape: tuple[int, int, int], name: str) -> tuple[int, int]:
        """Return how many places it has in images (c, h, w).

        Raises:
            ConfigurationError: it is larger than an image.
        """
        outputs = self.find_outputs(*shape[1:])
        if min(outputs) < 1:
            raise ConfigurationError(
                "a window is larger than the image",
                expected=f"at most {shape[1] + 2 * self.padding[0]} x {shape[2] + 2 * self.padding[1]}",
                found=f"{self.size[0]} x {self.size[1]}",
                where=name,
                remedy="a smaller kernel, more padding, or fewer layers that make images smaller",
            )
        return outputs

    @property
    def overlaps(self) -> bool:
        """Whether a pixel can be in more than one place of the window."""
        return self.stride[0] < self.size[0] or self.stride[1] < self.size[1]

    def list_places(self) -> list[tuple[int, int]]:
        """Return all pixels of the window, row by row."""
        return [(row, column) for row in range(self.size[0]) for column in range(self.size[1])]

    def list_adding(self) -> list[tuple[int, int]]:
        """Return all pixels of the window in the order in which gradients are added: the lowest row first.

        A pixel of an image then gets its addends in the order of the output's rows, so the rows of the output may be
        taken in blocks.
        """
        return [(row, column) for row in reversed(range(self.size[0])) for column in range(self.size[1])]

    def view(self, pixels: Floats, place: tuple[int, int], rows: tuple[int, int], width: int) -> Floats:
        """Return what one pixel of the window sees in padded pixels (c, h, w, m): (c, stop - start, width, m).

        Args:
            pixels: with the zeros around them.
            place: row and column in the window.
            rows: the rows of the output, start and stop.
            width: that of the output.
        """
        (row, column), (down, right) = place, self.stride
        first, last = row + rows[0] * down, row + (rows[1] - 1) * down
        return pixels[:, first : last + 1 : down, column : column + (width - 1) * right + 1 : right]
