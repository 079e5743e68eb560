"""Convolutions over images (m, c, h, w) in plain NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.convolution import Convolution, Kept
from appliance.layers.images import lay_out, lay_out_like, view_pixels
from appliance.layers.layer import Backward, Signal
from appliance.layers.native_terms import NativeTerm
from appliance.layers.patch_terms import NativePatchTerm

if TYPE_CHECKING:
    from appliance.config.image_layers import Conv2dConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats, InputSpec
    from appliance.numerics.plans import Plan


class NativeConv2d(Convolution):
    """A convolution in plain NumPy."""

    def __init__(self, name: str, settings: Conv2dConfig, inputs: InputSpec, builder: Builder) -> None:
        super().__init__(name, settings, inputs, builder)
        self._weight = builder.draw_weight(self.length, settings.channels)

    @property
    def weight_array(self) -> Floats:
        """The weight (k, n)."""
        return self._weight

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return z."""
        patches = self.make_patches(batch.rows, self.fmt.dtype, self.work)
        plan("copyto", lay_out(patches.inner).reshape(x.values.shape), x.values)
        batch.keep(self.name, Kept(patches, None))
        z = self.work.take("z", *self.output_shape, batch.rows)
        rows = self.view_rows(z)
        for block in patches.list_blocks():
            out = rows[patches.cut(block)]
            plan("matmul", patches.collect(block, plan), self._weight, out)
            plan("add", out, self.bias, out)
        return Signal(lay_out(z))

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient of the input, and the terms of weight and bias."""
        patches = batch.recall(self.name, Kept).patches
        pixels = view_pixels(dy.values, self.output_shape, "dy", self.work, plan)
        rows, below = self.view_rows(pixels), None
        if not self.inputs.is_data:
            dx = self.work.take("dx", *patches.padded.shape)
            plan("copyto", dx, dx.dtype.type(0.0))
            for block in patches.list_blocks():
                product = patches.take_block(block)
                plan("matmul", rows[patches.cut(block)], self._weight.T, product)
                patches.scatter(product, block, dx, plan)
            below = lay_out_like(patches.find_inner(dx), None, x.values)
        plan.begin(f"{self.name}.gradients")
        addends = np.empty_like(rows)
        plan("multiply", rows, batch.scale, addends)
        return Backward(below, [NativePatchTerm(self, addends, patches), NativeTerm(self, "bias", addends, batch.rows)])
