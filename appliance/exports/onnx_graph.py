"""The network of a configuration as the nodes of an ONNX graph, for predictions."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.config.image_layers import read_pair
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from appliance.config.layer_settings import LayerSettings

    Arrays = Mapping[str, NDArray[Any]]
    Shape = tuple[int, ...]

_IMAGE = 3  # dimensions of a sample


class Graph:
    """Nodes and constants of a graph while it is built.

    Args:
        onnx: the module.
        dtype: of the network's numbers.

    Attributes:
        nodes: in their order.
        constants: arrays by name.
        dtype: as given.
    """

    def __init__(self, onnx: Any, dtype: np.dtype[Any]) -> None:  # noqa: ANN401 - a module without types
        self._onnx = onnx
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, operator: str, *inputs: str | NDArray[Any], name: str = "", **attributes: object) -> str:
        """Add a node with one output, and return the name of that; arrays become constants."""
        self._counts[operator] += 1
        output = name or f"{operator.lower()}_{self._counts[operator]}"
        names = [
            given if isinstance(given, str) else self.hold(f"{output}.constant_{place}", given)
            for place, given in enumerate(inputs)
        ]
        self.nodes.append(self._onnx.helper.make_node(operator, names, [output], name=output, **attributes))
        return output

    def hold(self, name: str, array: NDArray[Any]) -> str:
        """Add a constant, and return its name."""
        self.constants[name] = np.array(array, order="C")
        return name

    def number(self, value: float) -> NDArray[Any]:
        """Return a number of the network's type."""
        return np.array(value, dtype=self.dtype)

    def cast(self, x: str, dtype: np.dtype[Any] | type[Any]) -> str:
        """Add a change of type."""
        return self.add("Cast", x, to=self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def reshape(self, x: str, *shape: int) -> str:
        """Give each sample another shape; the number of samples stays."""
        return self.add("Reshape", x, np.array([0, *shape], dtype=np.int64))


class Layers:
    """Adds layers to a graph, each by the method that has the name of its kind.

    Constants have the names of our parameters. Those of dense layers have our layout (k, n); those of convolutions that
    of ONNX, (n, c, h, w).

    Args:
        graph: receives the nodes.
        arrays: parameters and buffers by name.
    """

    def __init__(self, graph: Graph, arrays: Arrays) -> None:
        self._graph = graph
        self._arrays = arrays
        self._counts: Counter[str] = Counter()

    def add_all(self, settings: Sequence[LayerSettings], x: str, shape: Shape) -> tuple[str, Shape]:
        """Add layers in order; return the name of the last output, and the shape of a sample of it.

        Raises:
            UsageError: ONNX has no counterpart to a layer, because it is one of the user's own.
        """
        for layer in settings:
            self._counts[layer.stem] += 1
            add = getattr(self, f"_add_{layer.tag}", None)
            if add is None:
                kinds = "the layers of this program"
                raise UsageError("this layer cannot be exported", expected=kinds, found=layer.tag, where="model.layers")
            x = add(layer, f"{layer.stem}_{self._counts[layer.stem]}", x, shape)
            shape = layer.find_outputs(shape) or shape
        return x, shape

    def _hold(self, name: str) -> str:
        return self._graph.hold(name, self._arrays[name])

    def _multiply(self, name: str, x: str) -> str:
        """Return x times a weight (k, n), plus a bias, at every position."""
        product = self._graph.add("MatMul", x, self._hold(f"{name}.weight"))
        return self._graph.add("Add", product, self._hold(f"{name}.bias"))

    def _add_dense(self, layer: Any, name: str, x: str, shape: Shape) -> str:  # noqa: ANN401 - settings of one kind
        flat = x if layer.per_position or len(shape) == 1 else self._graph.reshape(x, math.prod(shape))
        return self._multiply(name, flat)

    def _add_relu(self, _layer: Any, _name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        return self._graph.add("Relu", x)

    def _add_tanh(self, _layer: Any, _name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        return self._graph.add("Tanh", x)

    def _add_sigmoid(self, _layer: Any, _name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        return self._graph.add("Sigmoid", x)

    def _add_gelu(self, _layer: Any, _name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        """GELU by its definition, `x * (1 + erf(x / sqrt(2))) / 2`."""
        graph = self._graph
        error = graph.add("Erf", graph.add("Mul", x, graph.number(math.sqrt(0.5))))
        half = graph.add("Mul", x, graph.number(0.5))
        return graph.add("Mul", half, graph.add("Add", error, graph.number(1.0)))

    def _add_dropout(self, _layer: Any, _name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        return x

    def _add_flatten(self, _layer: Any, _name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        return self._graph.reshape(x, math.prod(shape))

    def _make_image(self, x: str, shape: Shape) -> tuple[str, int]:
        """Return images (m, c, h, w), and c; images (m, h, w) have one channel."""
        return (x, shape[0]) if len(shape) == _IMAGE else (self._graph.reshape(x, 1, *shape), 1)

    def _add_conv2d(self, layer: Any, name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        images, channels = self._make_image(x, shape)
        weight = self._arrays[f"{name}.weight"]
        kernel, stride, padding = (read_pair(value) for value in (layer.kernel, layer.stride, layer.padding))
        held = self._graph.hold(f"{name}.weight", weight.T.reshape(weight.shape[1], channels, *kernel))
        pads = [*padding, *padding]
        bias = self._hold(f"{name}.bias")
        return self._graph.add("Conv", images, held, bias, kernel_shape=kernel, strides=stride, pads=pads)

    def _add_max_pool(self, layer: Any, _name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        return self._pool("MaxPool", layer, x, shape)

    def _add_average_pool(self, layer: Any, _name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        return self._pool("AveragePool", layer, x, shape)

    def _pool(self, operator: str, layer: Any, x: str, shape: Shape) -> str:  # noqa: ANN401
        kernel, stride = layer.find_window(shape)
        images = self._make_image(x, shape)[0]
        return self._graph.add(operator, images, kernel_shape=read_pair(kernel), strides=read_pair(stride))

    def _add_layer_norm(self, layer: Any, name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        parameters = [self._hold(f"{name}.{part}") for part in ("weight", "bias")]
        return self._graph.add("LayerNormalization", x, *parameters, axis=-1, epsilon=layer.epsilon)

    def _add_batch_norm(self, layer: Any, name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        """As one factor and one addend for each channel, found in float64 from the running moments."""
        parts = ("weight", "bias", "running_mean", "running_variance")
        weight, bias, mean, variance = (self._arrays[f"{name}.{part}"].astype(np.float64) for part in parts)
        factor = weight / np.sqrt(variance + layer.epsilon)
        ones = (1, 1) if len(shape) == _IMAGE else ()
        both = {"factor": factor, "addend": bias - mean * factor}
        held = [
            self._graph.hold(f"{name}.{part}", values.astype(self._graph.dtype).reshape(-1, *ones))
            for part, values in both.items()
        ]
        return self._graph.add("Add", self._graph.add("Mul", x, held[0]), held[1])

    def _add_embedding(self, _layer: Any, name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        tokens = self._graph.cast(self._graph.reshape(x, math.prod(shape)), np.int64)
        return self._graph.add("Gather", self._hold(f"{name}.weight"), tokens, axis=0)

    def _add_positions(self, _layer: Any, name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        return self._graph.add("Add", x, self._hold(f"{name}.weight"))

    def _add_mean_positions(self, _layer: Any, _name: str, x: str, _shape: Shape) -> str:  # noqa: ANN401
        return self._graph.add("ReduceMean", x, axes=[1], keepdims=0)

    def _add_residual(self, layer: Any, _name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        return self._graph.add("Add", x, self.add_all(layer.layers, x, shape)[0])

    def _add_attention(self, layer: Any, name: str, x: str, shape: Shape) -> str:  # noqa: ANN401
        graph, (positions, units) = self._graph, shape
        size = units // layer.heads
        inputs = graph.reshape(self._multiply(f"{name}_inputs", x), positions, 3, layer.heads, size)
        parts = []
        for place, order in enumerate(((0, 2, 1, 3), (0, 2, 3, 1), (0, 2, 1, 3))):  # queries, turned keys, values
            picked = graph.add("Gather", inputs, np.array(place, dtype=np.int64), axis=2)
            parts.append(graph.add("Transpose", picked, perm=order))
        scores = graph.add("Mul", graph.add("MatMul", parts[0], parts[1]), graph.number(1.0 / math.sqrt(size)))
        if layer.causal:
            hidden = np.triu(np.full((positions, positions), -np.inf), 1).astype(graph.dtype)
            scores = graph.add("Add", scores, hidden)
        mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), parts[2])
        joined = graph.reshape(graph.add("Transpose", mixed, perm=(0, 2, 1, 3)), positions, units)
        return self._multiply(f"{name}_outputs", joined)
