"""Pooling over images (m, c, h, w): the largest value or the mean of a window, in portable and in native arithmetic.

Part of bits 2.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple

import attrs
import numpy as np

from appliance.config.image_layers import read_pair
from appliance.layers.images import Window, find_image_shape, keep_sample_units, lay_out, lay_out_like, view_pixels
from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.operands import make_plain
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from typing import Self

    from appliance.config.image_layers import AveragePoolConfig, MaxPoolConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class _Maxima(NamedTuple):
    """Pixels (c, h, w, m), and the largest of the first k pixels of each window for k = 1, 2, ..."""

    pixels: Floats
    largest: list[Floats]


class _Pool(Layer):
    """A window that is moved over each channel of an image.

    Args:
        name: such as "max_pool_1".
        fmt: the number format.
        window: its size and how far it moves.
        inputs: the specification of the layer's input, images.
    """

    def __init__(self, name: str, fmt: Format, window: Window, inputs: InputSpec) -> None:
        super().__init__(name, fmt)
        self._window = window
        self._shape = find_image_shape(inputs, name)
        self._outputs = window.require_fit(self._shape, name)
        self._inputs = inputs
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(
        cls, settings: MaxPoolConfig | AveragePoolConfig, name: str, inputs: InputSpec, builder: Builder
    ) -> tuple[Self, InputSpec]:
        """Return the layer and the specification of its output."""
        size, stride = settings.find_window(find_image_shape(inputs, name))
        layer = cls(name, builder.fmt, Window(size=read_pair(size), stride=read_pair(stride)), inputs)
        return layer, layer.describe_output()

    @abstractmethod
    def describe_output(self) -> InputSpec:
        """Return the specification of the output."""

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """The shape of a sample's output."""
        return (self._shape[0], *self._outputs)

    def _list_views(self, pixels: Floats) -> list[Floats]:
        """Return what each pixel of the window sees in pixels (c, h, w, m), row by row."""
        down, right = self._outputs
        return [self._window.view(pixels, place, (0, down), right) for place in self._window.list_places()]

    def _begin_gradient(self, rows: int, plan: Plan) -> Floats:
        """Return the gradient of the input's pixels (c, h, w, m); zero where not all of it will be written."""
        dx = self._work.take("dx", *self._shape, rows)
        covered = self._outputs[0] * self._window.stride[0], self._outputs[1] * self._window.stride[1]
        if self._window.stride != self._window.size or covered != self._shape[1:]:
            plan("copyto", dx, self.fmt.dtype(0.0))
        return dx


class MaxPool(_Pool):
    """The largest value in a window; it is exact, so portable and native arithmetic are the same."""

    def describe_output(self) -> InputSpec:
        """Return the specification of the output: bytes stay bytes."""
        return attrs.evolve(self._inputs, shape=self.output_shape)

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return the largest values; x holds no -0, so it does not matter which of two equal ones is taken."""
        pixels = view_pixels(x.values, self._shape, "x", self._work, plan)
        views, shape = self._list_views(pixels), (*self.output_shape, batch.rows)
        largest = [views[0]]
        for number, view in enumerate(views[1:], start=2):
            largest.append(self._work.take(f"largest {number}", *shape))
            plan("maximum", largest[-2], view, out=largest[-1])
        batch.keep(self.name, _Maxima(pixels, largest))
        if len(views) == 1:
            largest = [self._work.take("largest 1", *shape)]
            plan("copyto", largest[0], views[0])
        return Signal(lay_out(largest[-1]), x.units, x.nonnegative)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Give each gradient to the first of the largest values in its window; dy may be overwritten.

        From the last pixel of the window to the first: a pixel is the largest one if it is larger than all before it.
        Then nothing is left for those. Gradients are multiplied by truth values as whole numbers, which never gives -0.
        """
        if self._inputs.is_data:
            return Backward(None, [])
        dy = keep_sample_units(dy, plan)
        kept, whole = batch.recall(self.name, _Maxima), self.fmt.bit_type
        rest = view_pixels(dy.values, self.output_shape, "dy", self._work, plan)
        dx = self._begin_gradient(batch.rows, plan)
        pixels, targets = self._list_views(kept.pixels), self._list_views(dx)
        larger, part = np.empty(rest.shape, dtype=np.bool_), self._work.take("part", *rest.shape)
        for number in reversed(range(1, len(pixels))):
            plan("greater", pixels[number], kept.largest[number - 1], larger)
            target = part if self._window.overlaps else targets[number]
            plan("multiply", rest.view(whole), larger, target.view(whole))
            plan("subtract", rest.view(whole), target.view(whole), rest.view(whole))
            if self._window.overlaps:
                plan("add", targets[number], part, targets[number])
        if self._window.overlaps:
            plan("add", targets[0], rest, targets[0])
        else:
            plan("copyto", targets[0], rest)
        return Backward(lay_out_like(dx, dy.units, x.values), [])


class AveragePool(_Pool):
    """The mean of a window, from additions in a fixed order; portable and native arithmetic are the same."""

    def __init__(self, name: str, fmt: Format, window: Window, inputs: InputSpec) -> None:
        super().__init__(name, fmt, window, inputs)
        self._share = fmt.dtype(1.0 / (window.size[0] * window.size[1]))

    def describe_output(self) -> InputSpec:
        """Return the specification of the output: plain values."""
        return InputSpec(shape=self.output_shape, is_data=self._inputs.is_data)

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return the sums of windows, added row by row, times the rounded inverse of their size."""
        views = self._list_views(view_pixels(make_plain(x, plan), self._shape, "x", self._work, plan))
        total = self._work.take("y", *self.output_shape, batch.rows)
        if len(views) == 1:
            plan("copyto", total, views[0])
        for number, view in enumerate(views[1:]):
            plan("add", total if number else views[0], view, total)
        plan("multiply", total, self._share, total)
        return Signal(lay_out(total), nonnegative=x.nonnegative)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Give every pixel of a window its share of the gradient; dy is overwritten."""
        if self._inputs.is_data:
            return Backward(None, [])
        dy = keep_sample_units(dy, plan)
        share = view_pixels(dy.values, self.output_shape, "dy", self._work, plan)
        plan("multiply", share, self._share, share)
        dx, (down, right) = self._begin_gradient(batch.rows, plan), self._outputs
        for place in self._window.list_adding():
            target = self._window.view(dx, place, (0, down), right)
            if self._window.overlaps:
                plan("add", target, share, target)
            else:
                plan("copyto", target, share)
        return Backward(lay_out_like(dx, dy.units, x.values), [])
