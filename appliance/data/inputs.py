"""What a sample of a run is, as record.json holds it, and back.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.data.changes import Scale
from appliance.data.preparation import Preparation
from verify.files.inputs import Inputs, StoredScale

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from appliance.data.changes import ResultType
    from appliance.data.dataset import Dataset

_TYPES: tuple[ResultType, ...] = ("uint8", "int32", "float32")


def describe_inputs(dataset: Dataset) -> Inputs:
    """Return what a sample of a data set is, so that others can be made in the same way."""
    made = dataset.preparation or Preparation(
        feature_type=next(name for name in _TYPES if dataset.train_features.dtype == np.dtype(name)),
        sample_shape=dataset.sample_shape,
    )
    channels = dataset.sample_shape[0]
    return Inputs(
        shape=dataset.sample_shape,
        dtype=made.feature_type,
        classes=dataset.classes,
        targets=dataset.targets,
        class_names=made.class_names,
        categories=made.categories,
        scale=None if made.scale is None else _write_scale(made.scale, (1, channels, dataset.features)),
        target_scale=None if made.target_scale is None else _write_scale(made.target_scale, (dataset.targets,)),
    )


def read_preparation(inputs: Inputs) -> Preparation:
    """Return how samples were made, from which `describe_inputs` would make the same."""
    return Preparation(
        feature_type=inputs.dtype,
        sample_shape=inputs.shape,
        scale=None if inputs.scale is None else _read_scale(inputs.scale, inputs.features),
        target_scale=None if inputs.target_scale is None else _read_scale(inputs.target_scale, inputs.targets),
        class_names=inputs.class_names,
        categories=inputs.categories,
    )


def _write_scale(scale: Scale, counts: tuple[int, ...]) -> StoredScale:
    """Return a scale with as few numbers as hold all of it: one of the counts, the last of which is their number."""
    for count in counts:
        picked = [values[:: len(values) // count] for values in (scale.means, scale.deviations)]
        if _repeat(picked[0], counts[-1]).tobytes() == scale.means.tobytes() and (
            _repeat(picked[1], counts[-1]).tobytes() == scale.deviations.tobytes()
        ):
            break
    means, deviations = (tuple(value.hex() for value in values.tolist()) for values in picked)
    return StoredScale(means=means, deviations=deviations)


def _read_scale(stored: StoredScale, width: int) -> Scale:
    means, deviations = (
        _repeat(np.array([float.fromhex(text) for text in texts]), width) for texts in (stored.means, stored.deviations)
    )
    return Scale(means, deviations)


def _repeat(values: NDArray[Any], width: int) -> NDArray[Any]:
    """Return each value for an equal number of columns that follow each other."""
    return np.repeat(values, width // len(values))
