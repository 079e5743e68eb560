"""The network of a configuration in PyTorch, with given parameters."""

from __future__ import annotations

import importlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from appliance.config.layer_settings import LayerSettings

    Arrays = Mapping[str, NDArray[Any]]
    Step = Callable[[Any, bool], Any]

_IMAGE = 4
_SEQUENCE = 3


def import_torch() -> Any:  # noqa: ANN401 - a module without types
    """Return PyTorch.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise UsageError(
            "PyTorch is not installed",
            expected="the package torch",
            found=error,
            remedy="pip install 'repro-appliance[torch]'",
        ) from error


class TorchNetwork:
    """The layers of a configuration as calls of PyTorch's own functions.

    Weights of dense layers and convolutions have PyTorch's layout, (n, k) and (n, c, h, w). PyTorch draws the masks of
    dropout from a generator of its own, so they are other ones than ours.

    Args:
        settings: the layers, in forward order.
        arrays: parameters and buffers by name, such as "dense_1.weight" (k, n).

    Attributes:
        parameters: the tensors that are trained, by the names of ours.
        buffers: running moments, by the names of ours.
    """

    def __init__(self, settings: Sequence[LayerSettings], arrays: Arrays) -> None:
        self._torch = import_torch()
        self._arrays = arrays
        self._counts: Counter[str] = Counter()
        self.parameters: dict[str, Any] = {}
        self.buffers: dict[str, Any] = {}
        self._steps = self._make_all(settings)

    def __call__(self, x: Any, *, training: bool) -> Any:  # noqa: ANN401 - tensors
        """Return the outputs (m, c) for samples (m, ...)."""
        for step in self._steps:
            x = step(x, training)
        return x

    def read_arrays(self) -> dict[str, NDArray[Any]]:
        """Return parameters and buffers by the names of ours, in our layouts."""
        found = {}
        for name, tensor in {**self.parameters, **self.buffers}.items():
            array = tensor.detach().numpy()
            shape = self._arrays[name].shape
            found[name] = np.array(array.reshape(shape[::-1]).T if _is_product(name, shape) else array)
        return found

    def _take(self, name: str, layout: tuple[int, ...] | None = None) -> Any:  # noqa: ANN401 - a tensor
        """Return a parameter as a tensor: transposed (k, n) -> (n, k), then in a layout."""
        array = self._arrays[name]
        if layout is not None:
            array = np.ascontiguousarray(array.T).reshape(layout)
        tensor = self._torch.tensor(array).requires_grad_()
        self.parameters[name] = tensor
        return tensor

    def _make_all(self, settings: Sequence[LayerSettings]) -> list[Step]:
        steps = []
        for layer in settings:
            self._counts[layer.tag] += 1
            make = getattr(self, f"_make_{layer.tag}", None)
            if make is None:
                raise UsageError("PyTorch's twin has no layer of this kind", found=layer.tag)
            steps.append(make(layer, f"{layer.tag}_{self._counts[layer.tag]}"))
        return steps

    def _make_dense(self, layer: Any, name: str) -> Step:  # noqa: ANN401 - settings of one kind
        functional = self._torch.nn.functional
        weight, bias = (
            self._take(f"{name}.weight", self._arrays[f"{name}.weight"].shape[::-1]),
            self._take(f"{name}.bias"),
        )
        if layer.per_position:
            return lambda x, _: functional.linear(x, weight, bias)
        return lambda x, _: functional.linear(x.flatten(1), weight, bias)

    def _make_relu(self, _layer: Any, _name: str) -> Step:  # noqa: ANN401
        return lambda x, _: self._torch.relu(x)

    def _make_tanh(self, _layer: Any, _name: str) -> Step:  # noqa: ANN401
        return lambda x, _: self._torch.tanh(x)

    def _make_sigmoid(self, _layer: Any, _name: str) -> Step:  # noqa: ANN401
        return lambda x, _: self._torch.sigmoid(x)

    def _make_gelu(self, _layer: Any, _name: str) -> Step:  # noqa: ANN401
        return lambda x, _: self._torch.nn.functional.gelu(x)

    def _make_flatten(self, _layer: Any, _name: str) -> Step:  # noqa: ANN401
        return lambda x, _: x.flatten(1)

    def _make_conv2d(self, layer: Any, name: str) -> Step:  # noqa: ANN401
        functional, (length, width) = self._torch.nn.functional, self._arrays[f"{name}.weight"].shape
        high, wide = _pair(layer.kernel)
        weight = self._take(f"{name}.weight", (width, length // (high * wide), high, wide))
        bias, stride, padding = self._take(f"{name}.bias"), _pair(layer.stride), _pair(layer.padding)
        return lambda x, _: functional.conv2d(_with_channels(x), weight, bias, stride, padding)

    def _make_max_pool(self, layer: Any, _name: str) -> Step:  # noqa: ANN401
        return self._make_pool(layer, self._torch.nn.functional.max_pool2d)

    def _make_average_pool(self, layer: Any, _name: str) -> Step:  # noqa: ANN401
        return self._make_pool(layer, self._torch.nn.functional.avg_pool2d)

    @staticmethod
    def _make_pool(layer: Any, pool: Any) -> Step:  # noqa: ANN401

        def run(x: Any, _training: bool) -> Any:  # noqa: ANN401, FBT001
            x = _with_channels(x)
            kernel, stride = layer.find_window(tuple(x.shape[1:]))
            return pool(x, _pair(kernel), _pair(stride))

        return run

    def _make_dropout(self, layer: Any, _name: str) -> Step:  # noqa: ANN401
        return lambda x, training: self._torch.nn.functional.dropout(x, layer.rate, training)

    def _make_layer_norm(self, layer: Any, name: str) -> Step:  # noqa: ANN401
        functional, weight, bias = self._torch.nn.functional, self._take(f"{name}.weight"), self._take(f"{name}.bias")
        return lambda x, _: functional.layer_norm(x, tuple(weight.shape), weight, bias, layer.epsilon)

    def _make_batch_norm(self, layer: Any, name: str) -> Step:  # noqa: ANN401
        functional, weight, bias = self._torch.nn.functional, self._take(f"{name}.weight"), self._take(f"{name}.bias")
        moments = [f"{name}.running_mean", f"{name}.running_variance"]
        mean, variance = (self._torch.tensor(self._arrays[moment]) for moment in moments)
        self.buffers |= dict(zip(moments, (mean, variance), strict=True))

        def run(x: Any, training: bool) -> Any:  # noqa: ANN401, FBT001
            turned = x.transpose(1, 2) if x.ndim == _SEQUENCE else x  # PyTorch has channels before positions
            y = functional.batch_norm(turned, mean, variance, weight, bias, training, layer.momentum, layer.epsilon)
            return y.transpose(1, 2) if x.ndim == _SEQUENCE else y

        return run

    def _make_embedding(self, _layer: Any, name: str) -> Step:  # noqa: ANN401
        table = self._take(f"{name}.weight")
        return lambda x, _: self._torch.nn.functional.embedding(x.long().flatten(1), table)

    def _make_positions(self, _layer: Any, name: str) -> Step:  # noqa: ANN401
        vectors = self._take(f"{name}.weight")
        return lambda x, _: x + vectors

    def _make_mean_positions(self, _layer: Any, _name: str) -> Step:  # noqa: ANN401
        return lambda x, _: x.mean(1)

    def _make_residual(self, layer: Any, _name: str) -> Step:  # noqa: ANN401
        steps = self._make_all(layer.layers)

        def run(x: Any, training: bool) -> Any:  # noqa: ANN401, FBT001
            y = x
            for step in steps:
                y = step(y, training)
            return x + y

        return run

    def _make_attention(self, layer: Any, name: str) -> Step:  # noqa: ANN401
        functional, projections = self._torch.nn.functional, []
        for part in (f"{name}_inputs", f"{name}_outputs"):
            shape = self._arrays[f"{part}.weight"].shape[::-1]
            projections.append((self._take(f"{part}.weight", shape), self._take(f"{part}.bias")))

        def split(x: Any) -> Any:  # noqa: ANN401
            return x.unflatten(-1, (layer.heads, -1)).transpose(1, 2)

        def run(x: Any, _training: bool) -> Any:  # noqa: ANN401, FBT001
            q, k, v = (split(part) for part in functional.linear(x, *projections[0]).chunk(3, -1))
            found = functional.scaled_dot_product_attention(q, k, v, is_causal=layer.causal)
            return functional.linear(found.transpose(1, 2).flatten(2), *projections[1])

        return run


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)


def _with_channels(x: Any) -> Any:  # noqa: ANN401 - tensors
    """Return images (m, c, h, w); images (m, h, w) have one channel."""
    return x if x.ndim == _IMAGE else x.unsqueeze(1)


def _is_product(name: str, shape: tuple[int, ...]) -> bool:
    """Return whether an array is a weight (k, n) that PyTorch has as (n, ...)."""
    return len(shape) == 2 and name.endswith("weight") and not name.startswith(("embedding", "positions"))  # noqa: PLR2004
