"""Multi-head self-attention.

Part of bits 2. (Vaswani et al., "Attention is all you need", NIPS 2017.) Its products are accurate: a row of attention
may have one large entry beside thousands of small ones, which together count as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.config.layers import DenseConfig
from appliance.errors import ConfigurationError
from appliance.layers.attention_arithmetic import NativeArithmetic, PortableArithmetic
from appliance.layers.dense import NativeDense, PortableDense
from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.sequence import list_backward, list_forward
from appliance.layers.shapes import copy_plain, require_sequence
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.config.sequence_layers import AttentionConfig
    from appliance.layers.attention_arithmetic import AttentionArithmetic
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats
    from appliance.layers.terms import Term
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan

_BLOCK = 1 << 15  # entries of a block of matrices that are worked on together
_PARTS = 3  # queries, keys, values


class _Kept(NamedTuple):
    """What the backward pass needs: the signals of both projections, queries, keys and values, and the shares."""

    before: list[Signal]
    after: list[Signal]
    parts: Floats
    shares: Floats


class Attention(Layer):
    """Self-attention over the positions of a sample, in one arithmetic or the other.

    Queries, keys and values come from one dense layer, NAME_inputs, with the weight (d, 3 d): first all queries, then
    all keys, then all values, each head by head. The contexts of all heads pass through another one, NAME_outputs.

    Args:
        name: such as "attention_1".
        fmt: the number format.
        inner: both dense layers.
        heads: the number of heads.
        causal: whether a position attends to itself and earlier ones only.
        arithmetic: products and softmax.
    """

    def __init__(
        self,
        name: str,
        fmt: Format,
        inner: tuple[Layer, Layer],
        *,
        heads: int,
        causal: bool,
        arithmetic: AttentionArithmetic,
    ) -> None:
        super().__init__(name, fmt)
        self._before, self._after = inner
        self._heads, self._causal = heads, causal
        self._arithmetic = arithmetic
        self._work, self._wide = Workspace(fmt.dtype), Workspace(arithmetic.dtype)

    @classmethod
    def build(
        cls, settings: AttentionConfig, name: str, inputs: InputSpec, builder: Builder
    ) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output.

        Raises:
            ConfigurationError: the input is no sequence, or the heads do not divide the length of its vectors.
        """
        positions, units = require_sequence(inputs, name)
        if units % settings.heads:
            raise ConfigurationError(
                f"the heads of {name} do not divide the length of the vectors",
                expected=f"a number that divides {units}",
                found=f"{settings.heads} heads",
                where="model.layers",
            )
        dense = PortableDense if builder.portable else NativeDense
        wide = DenseConfig(units=_PARTS * units, per_position=True, product="accurate")
        narrow = DenseConfig(units=units, per_position=True, product="accurate")
        before, _ = dense.build(wide, f"{name}_inputs", inputs, builder)
        after, outputs = dense.build(narrow, f"{name}_outputs", InputSpec(shape=(positions, units)), builder)
        arithmetic: AttentionArithmetic = NativeArithmetic(builder.fmt)
        if builder.portable:
            arithmetic = PortableArithmetic(builder.find_kind("accurate"))
        heads, causal = settings.heads, settings.causal
        return cls(name, builder.fmt, (before, after), heads=heads, causal=causal, arithmetic=arithmetic), outputs

    @property
    def layers(self) -> Sequence[Layer]:
        """The dense layers of the inputs and of the outputs."""
        return (self._before, self._after)

    @property
    def depends_on_mode(self) -> bool:
        """True: a prediction gives the same values but keeps no shares, so that it needs little memory."""
        return True

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return the attention's output for sequences (m, p, d)."""
        rows, positions, units = x.values.shape
        before = list_forward([self._before], x, batch, plan)
        plan.begin(f"{self.name}.context")
        size = units // self._heads
        parts = self._wide.take("parts", _PARTS, rows, self._heads, positions, size)
        source = before[-1].values.reshape(rows, positions, _PARTS, self._heads, size)
        plan("copyto", parts, source.transpose(2, 0, 3, 1, 4))
        parts = parts.reshape(_PARTS, -1, positions, size)
        contexts = self._wide.take("contexts", rows * self._heads, positions, size)
        blocks = list(_list_blocks(rows * self._heads, positions))
        kept = rows * self._heads if batch.training else blocks[0].stop
        shares = self._wide.take("shares", kept, positions, positions)
        for block in blocks:
            own = shares[block] if batch.training else shares[: block.stop - block.start]
            self._attend(parts[:, block], own, contexts[block], plan)
        context = self._work.take("context", rows, positions, units)
        self._join(contexts.reshape(rows, self._heads, positions, size), context, plan)
        plan.output(f"{self.name}.context", context)
        after = list_forward([self._after], Signal(context), batch, plan)
        batch.keep(self.name, _Kept(before, after, parts, shares))
        return after[-1]

    def _join(self, heads: Floats, out: Floats, plan: Plan) -> None:
        """Copy (m, heads, p, e) into (m, p, heads * e), without -0."""
        view = out.reshape(heads.shape[0], heads.shape[2], heads.shape[1], heads.shape[3])
        plan("copyto", view, heads.transpose(0, 2, 1, 3))
        plan("add", out, self.fmt.dtype(0.0), out)

    def _attend(self, parts: Floats, shares: Floats, contexts: Floats, plan: Plan) -> None:
        """List scores, shares and contexts of a block of matrices."""
        queries, keys, values = parts
        scores = self._wide.take("scores", *shares.shape)
        self._arithmetic.multiply(queries, keys.swapaxes(1, 2), scores, plan, self._factor(queries))
        self._arithmetic.normalize(scores, self._find_allowed(shares), shares, plan)
        self._arithmetic.average(shares, values, contexts, plan)

    def _factor(self, queries: Floats) -> float:
        return float(1.0 / np.sqrt(np.float64(queries.shape[2])))

    def _find_allowed(self, shares: Floats) -> Floats | None:
        return np.tri(shares.shape[1], dtype=self._arithmetic.dtype) if self._causal else None

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient of the input, and the terms of both dense layers."""
        found: list[Term] = []
        kept = batch.recall(self.name, _Kept)
        rows, positions, units = x.values.shape
        size = units // self._heads
        above = list_backward([self._after], kept.after, dy, batch, plan, lambda _, terms, __: found.extend(terms))
        if above is None:
            raise TypeError(f"{self._after.name} passed no gradient on")
        plan.begin(f"{self.name}.context_gradient")
        plain = self._work.take("plain", rows, positions, units)
        copy_plain(above, plain, plan)
        contexts = self._wide.take("context slopes", rows, self._heads, positions, size)
        plan("copyto", contexts, plain.reshape(rows, positions, self._heads, size).transpose(0, 2, 1, 3))
        contexts = contexts.reshape(-1, positions, size)
        parts = self._wide.take("part slopes", _PARTS, rows * self._heads, positions, size)
        for block in _list_blocks(*kept.shares.shape[:2]):
            self._differentiate(kept.parts[:, block], kept.shares[block], contexts[block], parts[:, block], plan)
        slopes = self._work.take("slopes", rows, positions, _PARTS, self._heads, size)
        plan("copyto", slopes, parts.reshape(_PARTS, rows, self._heads, positions, size).transpose(1, 3, 0, 2, 4))
        gradient = Signal(slopes.reshape(rows, positions, -1))
        below = list_backward(
            [self._before], kept.before, gradient, batch, plan, lambda _, terms, __: found.extend(terms)
        )
        plan.begin(f"{self.name}.joined_gradient")
        return Backward(below, found)

    def _differentiate(self, parts: Floats, shares: Floats, dy: Floats, out: Floats, plan: Plan) -> None:
        """List the gradients of queries, keys and values of a block of matrices, from those of contexts."""
        queries, keys, values = parts
        multiply, factor = self._arithmetic.multiply, self._factor(queries)
        slopes = self._wide.take("score slopes", *shares.shape)
        multiply(shares.swapaxes(1, 2), dy, out[2], plan)
        multiply(dy, values.swapaxes(1, 2), slopes, plan)
        self._arithmetic.differentiate(shares, slopes, plan)
        multiply(slopes, keys, out[0], plan, factor)
        multiply(slopes.swapaxes(1, 2), queries, out[1], plan, factor)


def _list_blocks(count: int, positions: int) -> Iterator[slice]:
    """Yield the blocks of so many matrices (p, p) that fit into a processor's cache."""
    size = max(1, _BLOCK // (positions * positions))
    yield from (slice(start, min(start + size, count)) for start in range(0, count, size))
