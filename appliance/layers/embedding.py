"""Embedding: a learned vector for each token.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.errors import ConfigurationError
from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.scatter import NativeScatterTerm, ScatterTerm
from appliance.layers.shapes import copy_plain
from appliance.numerics.workspace import Workspace
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance.config.sequence_layers import EmbeddingConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats, Indices
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class Embedding(Layer):
    """A table (entries, units) of which each token reads an entry, the same in both arithmetics but for its gradient.

    Args:
        name: such as "embedding_1".
        table: shape (entries, units), of the format's dtype.
        fmt: the number format.
        inputs: the specification of the input: tokens, which are whole numbers from the data.
        portable: portable arithmetic; False for plain NumPy.
    """

    def __init__(self, name: str, table: Floats, fmt: Format, inputs: InputSpec, *, portable: bool) -> None:
        super().__init__(name, fmt)
        self._table = table
        self._term = ScatterTerm if portable else NativeScatterTerm
        # Plain NumPy has multiplied bytes by their unit.
        self._factor = fmt.dtype(1.0 if portable or inputs.bits is None else 2.0**inputs.bits)
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(
        cls, settings: EmbeddingConfig, name: str, inputs: InputSpec, builder: Builder
    ) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output.

        Raises:
            ConfigurationError: the input is not the data.
        """
        if not inputs.is_data:
            raise ConfigurationError(
                "an embedding reads tokens, which only the data has",
                expected="an embedding as the first layer",
                found=f"{name} after other layers",
                where="model.layers",
            )
        table = builder.draw_table(settings.entries, settings.units)
        layer = cls(name, table, builder.fmt, inputs, portable=builder.portable)
        return layer, InputSpec(shape=(inputs.size, settings.units))

    def parameters(self) -> dict[str, Floats]:
        """Return the table."""
        return {"weight": self._table}

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return the entries of all tokens, (m, positions, units)."""
        values = x.values.reshape(-1)
        tokens = np.empty(values.shape, dtype=np.intp)
        batch.keep(self.name, tokens)
        plan.host(self._read_tokens, values, tokens)
        y = self._work.take("y", len(tokens), self._table.shape[1])
        plan("take", self._table, tokens, 0, y, "clip")
        return Signal(y.reshape(batch.rows, -1, self._table.shape[1]))

    def _read_tokens(self, values: Floats, tokens: Indices) -> None:
        """Write the tokens as whole numbers.

        Raises:
            UsageError: one of them has no entry.
        """
        plain = values * self._factor
        wrong = ~((plain >= 0) & (plain < len(self._table)) & (np.rint(plain) == plain))
        if wrong.any():
            raise UsageError(
                "a token of the data has no entry in the embedding",
                where=self.name,
                expected=f"whole numbers from 0 to {len(self._table) - 1}",
                found=float(plain[wrong][0]),
                remedy="set `entries` to the largest token plus one, or change the data",
            )
        np.copyto(tokens, plain, casting="unsafe")

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the term of the table; tokens have no gradient."""
        plan.begin(f"{self.name}.gradients")
        tokens, addends = batch.recall(self.name, np.ndarray), np.empty(dy.values.shape, dtype=self.fmt.dtype)
        copy_plain(dy, addends, plan)
        plan("multiply", addends, batch.scale, addends)
        rows = addends.reshape(len(tokens), -1)
        term = self._term(self, "weight", rows, batch.rows, entries=tokens, count=len(self._table))
        term.measure(plan)
        return Backward(None, [term])
