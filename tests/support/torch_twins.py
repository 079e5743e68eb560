"""The same networks in PyTorch, from the layers and the parameters of ours: only for tests with torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.layers.layer import Layer
    from appliance.training.trainer import Samples, Trainer
    from support.small_layers import Floats, Table

    Tensor = Any


class Twin:
    """A network in float64 in PyTorch.

    Args:
        trainer: of our network; its parameters and buffers are copied.
        tables: the settings of its layers.
        shape: of a sample.
        torch: the module.
    """

    def __init__(self, trainer: Trainer, tables: Sequence[Table], shape: tuple[int, ...], torch: Any) -> None:  # noqa: ANN401 - a module without types
        self._torch = torch
        self._layers, self._tables, self._shape = trainer.network.layers, tables, shape
        parameters = trainer.network.parameters()
        self.tensors = {
            name: torch.tensor(array.astype(np.float64), requires_grad=name in parameters)
            for name, array in trainer.network.arrays().items()
        }

    def predict(self, features: Floats, *, training: bool = True) -> Tensor:
        """Return the outputs for samples (m, k)."""
        x = self._torch.tensor(features.astype(np.float64)).reshape(len(features), *self._shape)
        return self._run(self._layers, self._tables, x, training=training)

    def differentiate(self, samples: Samples) -> dict[str, Floats]:
        """Return the gradients of the mean cross-entropy of a batch by autograd."""
        labels = self._torch.tensor(samples.labels.astype(np.int64))
        self._torch.nn.functional.cross_entropy(self.predict(samples.features), labels).backward()
        return {name: tensor.grad.numpy() for name, tensor in self.tensors.items() if tensor.grad is not None}

    def _run(self, layers: Sequence[Layer], tables: Sequence[Table], x: Tensor, *, training: bool) -> Tensor:
        for layer, table in zip(layers, tables, strict=True):
            if table["kind"] == "residual":
                x = x + self._run(layer.layers, table["layers"], x, training=training)
            elif table["kind"] == "batch_norm":
                x = self._normalize_batch(layer.name, x, training=training)
            else:
                x = getattr(self, f"_{table['kind']}")(layer.name, table, x)
        return x

    def _take(self, layer: str, *names: str) -> list[Tensor]:
        return [self.tensors[f"{layer}.{name}"] for name in names]

    def _dense(self, name: str, table: Table, x: Tensor) -> Tensor:
        weight, bias = self._take(name, "weight", "bias")
        rows = x if table.get("per_position") else x.reshape(len(x), -1)
        return self._torch.nn.functional.linear(rows, weight.T, bias)

    def _relu(self, _: str, __: Table, x: Tensor) -> Tensor:
        return self._torch.relu(x)

    def _tanh(self, _: str, __: Table, x: Tensor) -> Tensor:
        return self._torch.tanh(x)

    def _sigmoid(self, _: str, __: Table, x: Tensor) -> Tensor:
        return self._torch.sigmoid(x)

    def _gelu(self, _: str, __: Table, x: Tensor) -> Tensor:
        return self._torch.nn.functional.gelu(x)

    def _layer_norm(self, name: str, _: Table, x: Tensor) -> Tensor:
        return self._torch.nn.functional.layer_norm(x, x.shape[-1:], *self._take(name, "weight", "bias"))

    def _normalize_batch(self, name: str, x: Tensor, *, training: bool) -> Tensor:
        mean, variance, weight, bias = self._take(name, "running_mean", "running_variance", "weight", "bias")
        channels = x.movedim(-1, 1)
        normal = self._torch.nn.functional.batch_norm(channels, mean, variance, weight, bias, training=training)
        return normal.movedim(1, -1)

    def _positions(self, name: str, _: Table, x: Tensor) -> Tensor:
        return x + self._take(name, "weight")[0]

    def _mean_positions(self, _: str, __: Table, x: Tensor) -> Tensor:
        return x.mean(dim=1)

    def _embedding(self, name: str, _: Table, x: Tensor) -> Tensor:
        return self._torch.nn.functional.embedding(x.long(), self._take(name, "weight")[0])

    def _attention(self, name: str, table: Table, x: Tensor) -> Tensor:
        nn, units, positions = self._torch.nn, x.shape[-1], x.shape[1]
        module = nn.MultiheadAttention(units, table["heads"], batch_first=True, dtype=x.dtype)
        before, after = self._take(f"{name}_inputs", "weight", "bias"), self._take(f"{name}_outputs", "weight", "bias")
        values = {
            "in_proj_weight": before[0].T,
            "in_proj_bias": before[1],
            "out_proj.weight": after[0].T,
            "out_proj.bias": after[1],
        }
        mask = None
        if table.get("causal"):
            mask = nn.Transformer.generate_square_subsequent_mask(positions, dtype=x.dtype)
        found, _ = self._torch.func.functional_call(module, values, (x, x, x), {"attn_mask": mask})
        return found
