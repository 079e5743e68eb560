"""Convolutions over images (m, c, h, w): the window's pixels as rows of an exact product.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.column_terms import ColumnTerm
from appliance.layers.convolution import Convolution, Kept
from appliance.layers.images import keep_sample_units, lay_out, lay_out_like, view_pixels
from appliance.layers.layer import Backward, Signal
from appliance.layers.operands import make_plain
from appliance.layers.patch_terms import PatchTerm
from appliance.layers.weights import GridLayer, GridWeight
from appliance.numerics.formats import F32
from appliance.numerics.grids import find_row_units, round_rows
from appliance.numerics.products import multiply_exact
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.config.image_layers import Conv2dConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats, InputSpec
    from appliance.layers.patches import Patches
    from appliance.layers.terms import Term
    from appliance.numerics.plans import Plan


class PortableConv2d(GridLayer, Convolution):
    """A convolution on grids."""

    def __init__(self, name: str, settings: Conv2dConfig, inputs: InputSpec, builder: Builder) -> None:
        super().__init__(name, settings, inputs, builder)
        kind, width = builder.find_kind(settings.product), settings.channels
        self._kind = kind
        self._bits = kind.left_bits if inputs.bits is None else inputs.bits
        limit = kind.find_weight_limit(self.length, self._bits, None if inputs.is_data else width)
        self._gradient_bits = kind.find_gradient_bits(width, limit)
        self._weight = GridWeight(builder.draw_weight(self.length, width), limit, kind, builder.fmt)
        self._products = Workspace(kind.fmt.dtype)

    @property
    def weight_array(self) -> Floats:
        """The weight (k, n)."""
        return self._weight.array

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return z, never -0."""
        patches = self.make_patches(batch.rows, self._kind.fmt.dtype, self._products)
        units = self._round_input(x, patches, plan)
        batch.keep(self.name, Kept(patches, units))
        z = self.work.take("z", *self.output_shape, batch.rows)
        rows, weight = self.view_rows(z), self._weight.rounded
        if not units.ndim:  # a power of two, so it may come first
            weight = np.empty_like(weight)
            plan("multiply", self._weight.rounded, units, weight)
        for block in patches.list_blocks():
            left, out = patches.collect(block, plan), rows[patches.cut(block)]
            product, spare = out, None
            if weight.dtype != out.dtype:
                product = self._products.take_columns("product", *out.shape)
            if len(self._weight.pieces) > 1:
                spare = self._products.take_columns("spare", *out.shape)
            multiply_exact(left, weight, self._weight.pieces, product, spare, plan)
            if not units.ndim and product is not out:
                plan("copyto", out, product)
            elif units.ndim:
                by_sample = (-1, batch.rows, self.channels)
                plan("multiply", _split(product, by_sample), units.reshape(-1, 1), _split(out, by_sample))
            plan("add", out, self.bias, out)
        return Signal(lay_out(z))

    def _round_input(self, x: Signal, patches: Patches, plan: Plan) -> Floats:
        """Write the input as whole numbers into padded images; return the units, () for bytes or (m,)."""
        if x.units is not None and not x.units.ndim:
            plan("copyto", lay_out(patches.inner).reshape(x.values.shape), x.values)
            return x.units.astype(self._kind.fmt.dtype)
        pixels = view_pixels(make_plain(x, plan), self.shape, "x", self.work, plan)
        return self._round(Signal(pixels, nonnegative=x.nonnegative), self._bits, patches.inner, plan)

    def _round(self, pixels: Signal, bits: int, out: Floats, plan: Plan) -> Floats:
        """Write pixels (c, h, w, m) into out as whole numbers of each sample's unit; return the units (m,)."""
        source, dtype = pixels.values, self._kind.fmt.dtype
        if source.dtype != dtype:
            wide = self._products.take("wide", *source.shape)
            plan("copyto", wide, source)
            source = wide
        magnitudes = source
        if not pixels.nonnegative:
            magnitudes = self._products.take("magnitudes", *source.shape)
            plan("abs", source, magnitudes)
        units = np.empty(source.shape[-1], dtype=dtype)
        by_sample = magnitudes.reshape(-1, len(units)).T
        find_row_units(by_sample, bits, self._kind.fmt, units.reshape(-1, 1), plan)
        round_rows(source, units, out, self._kind.fmt, plan)
        return units

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient of the input, and the terms of weight and bias."""
        kept = batch.recall(self.name, Kept)
        dy = keep_sample_units(dy, plan)
        pixels = view_pixels(dy.values, self.output_shape, "dy", self.work, plan)
        units = None if dy.units is None else dy.units.reshape(-1)
        below = None if self.inputs.is_data else self._pass_down(pixels, units, kept.patches, x.values, plan)
        return Backward(below, self._list_terms(pixels, units, kept, batch, plan))

    def _pass_down(self, pixels: Floats, units: Floats | None, patches: Patches, like: Floats, plan: Plan) -> Signal:
        """Return the gradient of the input."""
        left = self._products.take("left", *pixels.shape)
        row_units = self._round(Signal(pixels), self._gradient_bits, left, plan)
        dx = self._products.take("dx", *patches.padded.shape)
        plan("copyto", dx, dx.dtype.type(0.0))
        rows, pieces = self.view_rows(left), self._kind.split(self.channels)
        for block in patches.list_blocks():
            product, spare = patches.take_block(block), None
            if len(pieces) > 1:
                spare = self._products.take_columns("column spare", *product.shape)
            multiply_exact(rows[patches.cut(block)], self._weight.rounded.T, pieces, product, spare, plan)
            patches.scatter(product, block, dx, plan)
        if units is not None:
            plan("multiply", row_units, units, row_units)
        inner = patches.find_inner(dx)
        if dx.dtype == self.fmt.dtype:
            return lay_out_like(inner, row_units, like)
        plain = self.work.take("plain dx", *inner.shape)
        plan("multiply", inner, row_units, plain)
        return lay_out_like(plain, None, like)

    def _list_terms(self, pixels: Floats, units: Floats | None, kept: Kept, batch: Batch, plan: Plan) -> list[Term]:
        """Return the terms of weight and bias, with addends that are measured."""
        plan.begin(f"{self.name}.gradients")
        operand_units = np.asarray(kept.units)
        factor = np.empty(operand_units.shape, dtype=self._kind.fmt.dtype)
        plan("multiply", operand_units, batch.scale, factor)
        if units is not None:
            both = np.empty(units.shape, dtype=factor.dtype)
            plan("multiply", units, factor, both)
            factor = both
        addends = np.empty(pixels.shape, dtype=factor.dtype)
        plan("multiply", pixels, factor, addends)
        weight = PatchTerm(self, self.view_rows(addends), kept.patches, bits=self._bits, kind=self._kind)
        weight.measure(plan, self.view_rows(self._products.take("magnitudes", *addends.shape)))
        if not operand_units.ndim and self.fmt is F32:
            shared, by = self.view_rows(addends), 2.0**self._bits
            return [weight, ColumnTerm(self, "bias", shared, batch.rows, factor=by, shared=weight)]
        return [weight, self._make_bias_term(pixels, units, batch, plan)]

    def _make_bias_term(self, pixels: Floats, units: Floats | None, batch: Batch, plan: Plan) -> Term:
        addends, factor = np.empty(pixels.shape, dtype=self.fmt.dtype), batch.scale
        if units is not None:
            factor = np.empty(units.shape, dtype=self.fmt.dtype)
            plan("multiply", units, batch.scale, factor)
        plan("multiply", pixels, factor, addends)
        term = ColumnTerm(self, "bias", self.view_rows(addends), batch.rows)
        term.measure(plan, self.view_rows(self.work.take("bias magnitudes", *addends.shape)))
        return term


def _split(rows: Floats, shape: tuple[int, int, int]) -> Floats:
    """Return rows (r, n), in memory (n, r), as (pixel, sample, n) in the same memory."""
    return rows.T.reshape(shape[2], -1, shape[1]).transpose(1, 2, 0)
