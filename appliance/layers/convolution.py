"""What portable convolutions share with native ones: shapes, parameters, the layout of rows.

Part of bits 2.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from appliance.config.image_layers import read_pair
from appliance.layers.images import Window, find_image_shape
from appliance.layers.layer import InputSpec, Layer
from appliance.layers.patches import Patches
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.config.image_layers import Conv2dConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Floats


class Kept(NamedTuple):
    """What a forward pass keeps: padded images, in whole numbers with units of shape () or (m,) where portable."""

    patches: Patches
    units: Floats | None


class Convolution(Layer):
    """A convolution: weight (k, n), rows in the order channel, row, column of the window; bias (n,).

    Args:
        name: such as "conv2d_1".
        settings: window and kind of products.
        inputs: the specification of the layer's input, images.
        builder: draws the initial weight.

    Attributes:
        window: size, stride and padding.
        shape: (c, h, w) of an image.
        length: the rows of the weight, k.
        channels: the columns of the weight, n.
        inputs: as given.
        work: memory of the layer.
        bias: shape (n,).
    """

    def __init__(self, name: str, settings: Conv2dConfig, inputs: InputSpec, builder: Builder) -> None:
        super().__init__(name, builder.fmt)
        size, stride, padding = map(read_pair, (settings.kernel, settings.stride, settings.padding))
        self.window = Window(size=size, stride=stride, padding=padding)
        self.shape = find_image_shape(inputs, name)
        self._outputs = self.window.require_fit(self.shape, name)
        self.length = self.shape[0] * size[0] * size[1]
        self.channels = settings.channels
        self.inputs = inputs
        self.work = Workspace(builder.fmt.dtype)
        self.bias = builder.make_zeros(settings.channels)

    @classmethod
    def build(cls, settings: Conv2dConfig, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output."""
        layer = cls(name, settings, inputs, builder)
        return layer, InputSpec(shape=layer.output_shape)

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """The shape of a sample's output."""
        return (self.channels, *self._outputs)

    @property
    @abstractmethod
    def weight_array(self) -> Floats:
        """The weight (k, n)."""

    def parameters(self) -> dict[str, Floats]:
        """Return weight and bias."""
        return {"weight": self.weight_array, "bias": self.bias}

    def view_rows(self, pixels: Floats) -> Floats:
        """Return pixels (n, h, w, m) as rows (r, n), in the order row, column, sample; in the same memory."""
        return pixels.reshape(len(pixels), -1).T

    def make_patches(self, rows: int, dtype: Any, work: Workspace) -> Patches:  # noqa: ANN401 - a type
        """Return padded images of zeros for some samples; blocks lie in `work`."""
        return Patches(self.shape, self.window, rows, dtype, work)
