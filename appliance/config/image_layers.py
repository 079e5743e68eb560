"""Settings of the layers for images: convolution, pooling, flattening.

Part of bits 2.
"""

from __future__ import annotations

from math import prod
from typing import Any, ClassVar

import attrs

from appliance.config.growth import newer
from appliance.config.layer_settings import PRODUCT, LayerSettings, Shape
from appliance.config.limits import LARGEST_WIDTH, Limit, about, choice, count, to_whole

_LARGEST_KERNEL = 1024
_IMAGE = 3  # dimensions of an image: (c, h, w)
_PAIR = 2

Pair = int | tuple[int, int]
"""Height and width; one number for both."""


def _pair(minimum: int, maximum: int = _LARGEST_KERNEL) -> Limit:
    """Return the limit for one whole number, or for two of them: height and width."""
    one = count(minimum, maximum)

    def allows(value: object) -> bool:
        if isinstance(value, list | tuple):
            return len(value) == _PAIR and all(map(one.allows, value))
        return one.allows(value)

    def convert(value: object) -> object:
        return tuple(map(to_whole, value)) if isinstance(value, list | tuple) else to_whole(value)

    return Limit(f"{one.words}, or two of them: [height, width]", allows, convert)


def _make_pair(value: Any) -> Any:  # noqa: ANN401 - checked by the validator, which runs later
    """Return two equal numbers as one, so that both ways to write a setting are the same setting."""
    if isinstance(value, list | tuple):
        return value[0] if len(value) == _PAIR and value[0] == value[1] else tuple(value)
    return value


def read_pair(value: Pair) -> tuple[int, int]:
    """Return height and width."""
    return (value, value) if isinstance(value, int) else value


def _move(shape: Shape, size: Pair, stride: Pair, padding: Pair = 0) -> tuple[int, int] | None:
    """Return how many places a window has in an image; None where the shape is not that of an image."""
    if shape is None or len(shape) not in (_IMAGE - 1, _IMAGE):
        return None
    triples = zip(shape[-2:], read_pair(size), read_pair(stride), read_pair(padding), strict=True)
    down, right = ((length + 2 * zeros - window) // step + 1 for length, window, step, zeros in triples)
    return (down, right) if min(down, right) > 0 else None


def _count_channels(shape: Shape) -> int:
    """Return the channels of an image; 1 where the shape is not known."""
    return shape[0] if shape is not None and len(shape) == _IMAGE else 1


@attrs.frozen(kw_only=True)
class Conv2dConfig(LayerSettings):
    """A convolution over images (c, h, w); data of shape (h, w) counts as one channel."""

    tag: ClassVar[str] = "conv2d"
    channels: int = attrs.field(validator=count(1, LARGEST_WIDTH), metadata=about("number of output channels"))
    kernel: Pair = attrs.field(
        converter=_make_pair, validator=_pair(1), metadata=about("height and width of the window, in pixels")
    )
    stride: Pair = newer(
        default=1, converter=_make_pair, validator=_pair(1), metadata=about("pixels from one place to the next")
    )
    padding: Pair = newer(
        default=0, converter=_make_pair, validator=_pair(0), metadata=about("rows and columns of zeros on every side")
    )
    product: str = newer(default="", validator=choice("", "fast", "accurate"), metadata=about(PRODUCT))

    def count_parameters(self, inputs: Shape) -> int:
        """Return the number of weights and biases."""
        return _count_channels(inputs) * prod(read_pair(self.kernel)) * self.channels + self.channels

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return channels, height and width."""
        places = _move(inputs, self.kernel, self.stride, self.padding)
        return None if places is None else (self.channels, *places)


class _PoolSettings(LayerSettings):
    """What both kinds of pooling have."""

    kernel: Pair
    stride: Pair

    def count_parameters(self, inputs: Shape) -> int:  # noqa: ARG002 - none for any shape
        """Return 0."""
        return 0

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return channels, height and width."""
        places = _move(inputs, *self.find_window(inputs))
        return None if places is None else (_count_channels(inputs), *places)

    def find_window(self, inputs: Shape) -> tuple[Pair, Pair]:
        """Return the size of the window and its stride in images of a shape."""
        size = read_pair(self.kernel)
        if not all(size) and inputs is not None:
            size = inputs[-2], inputs[-1]
        return size, self.stride if all(read_pair(self.stride)) else size


_STRIDE = "pixels from one place to the next; 0 for the size of the window"


@attrs.frozen(kw_only=True)
class MaxPoolConfig(_PoolSettings):
    """The largest value in a window, for each channel."""

    tag: ClassVar[str] = "max_pool"
    kernel: Pair = attrs.field(
        converter=_make_pair, validator=_pair(1), metadata=about("height and width of the window, in pixels")
    )
    stride: Pair = newer(default=0, converter=_make_pair, validator=_pair(0), metadata=about(_STRIDE))


@attrs.frozen(kw_only=True)
class AveragePoolConfig(_PoolSettings):
    """The mean of a window, for each channel."""

    tag: ClassVar[str] = "average_pool"
    kernel: Pair = newer(
        default=0,
        converter=_make_pair,
        validator=_pair(0),
        metadata=about("height and width of the window, in pixels; 0 for the whole image"),
    )
    stride: Pair = newer(default=0, converter=_make_pair, validator=_pair(0), metadata=about(_STRIDE))


@attrs.frozen(kw_only=True)
class FlattenConfig(LayerSettings):
    """All values of a sample as one row, in the order channel, row, column."""

    tag: ClassVar[str] = "flatten"

    def count_parameters(self, inputs: Shape) -> int:  # noqa: ARG002 - none for any shape
        """Return 0."""
        return 0

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return one row of numbers."""
        return None if inputs is None else (prod(inputs),)
