"""Predictions of a trained network for new samples.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.given_arrays import convert_features
from appliance.errors import DataError
from appliance.losses import Labels, make_loss
from appliance.model.build import build_network
from appliance.model.forward import ForwardPasses
from appliance.numerics.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset

    Floats = NDArray[np.floating[Any]]

_BATCH = 500


@attrs.frozen(kw_only=True)
class Inputs:
    """What a network was trained on: the shape and the type of a sample, and the number of classes or of targets.

    `config` is the whole configuration, with what an experiment gave.
    """

    config: Config
    sample_shape: tuple[int, ...]
    dtype: str
    classes: int
    targets: int


def describe_inputs(config: Config, dataset: Dataset) -> Inputs:
    """Return what a network that is trained on these data takes."""
    return Inputs(
        config=config,
        sample_shape=dataset.sample_shape,
        dtype=str(dataset.train_features.dtype),
        classes=dataset.classes,
        targets=dataset.targets,
    )


def find_outputs(inputs: Inputs, profile: str, parameters: Mapping[str, Floats], x: ArrayLike) -> Floats:
    """Return the outputs (m, c) of a network with these parameters and buffers for samples (m, ...).

    Raises:
        DataError: the samples have another shape or another type than those of the training.
    """
    rows, shape = convert_features(x, "x")
    if shape != inputs.sample_shape or str(rows.dtype) != inputs.dtype:
        raise DataError(
            "these samples are others than those of the training",
            expected=f"shape (m, {', '.join(map(str, inputs.sample_shape))}), {inputs.dtype}",
            found=f"shape (m, {', '.join(map(str, shape))}), {rows.dtype}",
            where="x",
        )
    network = build_network(
        inputs.config,
        inputs.sample_shape,
        inputs.classes,
        targets=inputs.targets,
        portable=profile == "portable",
        is_bytes=inputs.dtype == "uint8",
    )
    for name, array in network.arrays().items():
        np.copyto(array, parameters[name])
    network.reset_bounds()
    forward = ForwardPasses(network)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        parts = [forward.predict(rows.read(start, start + _BATCH)) for start in range(0, len(rows), _BATCH)]
    return np.concatenate(parts)


def classify(outputs: Floats, inputs: Inputs) -> NDArray[Any]:
    """Return the classes of outputs (m, c), as the loss finds them, or the outputs themselves in a regression."""
    config = inputs.config
    labels = Labels(inputs.classes, inputs.targets)
    classes = make_loss(config.training.loss, labels, FORMATS[config.precision], portable=True).classify(outputs)
    return outputs if classes is None else classes
