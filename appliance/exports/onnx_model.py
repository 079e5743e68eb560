"""A trained network as an ONNX model: from samples as they are stored to outputs, with digests in its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.data.inputs import read_preparation
from appliance.exports.onnx_graph import Graph, Layers
from appliance.numerics.formats import BYTE_UNIT, FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.data.changes import Scale
    from appliance.training.prediction import Predictor

OPSET = 17
"""The version of the operators; every runtime since ONNX 1.12 has it."""
IR_VERSION = 8
"""The version of the file format that belongs to it."""
INPUT, OUTPUT, CLASSES, TARGETS = "samples", "outputs", "classes", "targets"
_PRODUCER = "repro-appliance"


def make_model(onnx: Any, predictor: Predictor, metadata: Mapping[str, str]) -> Any:  # noqa: ANN401 - an onnx.ModelProto
    """Return a model of a trained network; equal networks and metadata give equal bytes.

    Its input `samples` (n, ...) are samples as they are stored. Its output `outputs` (n, c) has the logits or the
    outputs of a regression. `classes` (n,) or `targets` (n, t), in the units of the data, stand beside it where there
    are any.

    Args:
        onnx: the module.
        predictor: the network.
        metadata: texts that the model carries.

    Raises:
        UsageError: ONNX has no counterpart to a layer.
    """
    inputs, config = predictor.inputs, predictor.config
    dtype = np.dtype(FORMATS[config.precision].dtype)
    graph = Graph(onnx, dtype)
    x = _add_preparation(graph, predictor)
    x, shape = Layers(graph, predictor.parameters).add_all(config.model.layers, x, inputs.shape)
    graph.add("Identity", x, name=OUTPUT)
    results = [(OUTPUT, dtype, shape)]
    scale = read_preparation(inputs).target_scale
    if scale is not None:
        results.append((_add_targets(graph, scale), np.dtype(np.float64), shape))
    elif config.training.loss == "cross-entropy":
        graph.add("ArgMax", OUTPUT, axis=1, keepdims=0, name=CLASSES)
        results.append((CLASSES, np.dtype(np.int64), ()))
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            graph.nodes,
            config.name,
            [_describe(onnx, INPUT, np.dtype(inputs.dtype), inputs.shape)],
            [_describe(onnx, *result) for result in results],
            [onnx.numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        producer_name=_PRODUCER,
        ir_version=IR_VERSION,
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
    )
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    return model


def _describe(onnx: Any, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:  # noqa: ANN401
    kind = onnx.helper.np_dtype_to_tensor_dtype(dtype)
    return onnx.helper.make_tensor_value_info(name, kind, ["n", *shape])


def _add_preparation(graph: Graph, predictor: Predictor) -> str:
    """Add what is done with samples before the first layer: standardisation, or byte / 256; tokens stay."""
    inputs, layers = predictor.inputs, predictor.config.model.layers
    scale = read_preparation(inputs).scale
    if scale is not None:
        x = graph.cast(INPUT, np.float64)
        means, deviations = (values.reshape(inputs.shape) for values in (scale.means, scale.deviations))
        x = graph.add("Div", graph.add("Sub", x, means), deviations)
        return graph.cast(graph.cast(x, np.float32), graph.dtype)
    if layers[0].tag == "embedding":
        return INPUT
    x = graph.cast(INPUT, graph.dtype)
    return graph.add("Mul", x, graph.number(BYTE_UNIT)) if inputs.dtype == "uint8" else x


def _add_targets(graph: Graph, scale: Scale) -> str:
    wide = graph.add("Mul", graph.cast(OUTPUT, np.float64), scale.deviations)
    return graph.add("Add", wide, scale.means, name=TARGETS)
