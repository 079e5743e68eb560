"""Predictions of a trained network for new samples.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.inputs import read_preparation
from appliance.data.new_samples import convert_array
from appliance.model.build import build_network
from appliance.model.forward import ForwardPasses
from appliance.training.evaluation import compute_outputs, list_batches, name_outputs
from verify.conformance.freivalds import ExactChecker
from verify.conformance.shapes import list_shapes
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from appliance.config.schema import Config, DataConfig
    from appliance.data.rows import Rows
    from appliance.model.network import Network
    from verify.conformance.shapes import ProductShape
    from verify.files.inputs import Inputs

    Floats = NDArray[np.floating[Any]]


@attrs.frozen(kw_only=True, eq=False)
class Predictions:
    """What a network says of samples.

    Attributes:
        outputs: (n, c); logits, or the outputs of a regression.
        values: the classes, as labels are; or the targets (n, t) in the units of the data, float64 where they were
            standardised.
        arrays: outputs and classes by the names that they have in predictions.safetensors.
    """

    outputs: Floats
    values: NDArray[Any]
    arrays: Mapping[str, NDArray[Any]]


@attrs.frozen(kw_only=True, eq=False)
class Predictor:
    """A trained network with all that predictions need.

    In the profile portable the outputs of a sample do not depend on the samples beside it, and have the same bits on
    every machine.

    Args:
        config: the whole configuration, with what an experiment gave.
        profile: the arithmetic.
        inputs: what a sample is.
        parameters: parameters and buffers by name.
    """

    config: Config
    profile: str
    inputs: Inputs
    parameters: Mapping[str, NDArray[Any]]

    def convert(self, x: ArrayLike, data: DataConfig | None = None) -> Rows:
        """Return samples (n, ...) as the network reads them, rows (n, k); see `convert_samples`.

        Raises:
            DataError: the samples are others than those of the training.
        """
        return convert_array(x, read_preparation(self.inputs), data=data)

    def predict(self, rows: Rows) -> Predictions:
        """Return predictions for rows (n, k), as `convert` returns them.

        Raises:
            NonFiniteError: an output is NaN or infinite.
        """
        network = self._build()
        outputs = compute_outputs(ForwardPasses(network), rows)
        if not np.isfinite(outputs).all():
            sample = int(np.argwhere(~np.isfinite(outputs))[0][0])
            raise NonFiniteError("an output is not finite", found=outputs[sample].tolist(), where=f"sample {sample}")
        classes = network.loss.classify(outputs)
        values = self._restore_targets(outputs) if classes is None else classes
        return Predictions(outputs=outputs, values=values, arrays=name_outputs(outputs, classes))

    def list_shapes(self, count: int) -> list[ProductShape]:
        """Return shapes and layouts of the products that predictions for so many samples will make."""
        forward = ForwardPasses(self._build())
        plans = [forward.plan(rows).plan for rows in list_batches(count)]
        calls = [call for plan in plans for call in plan.find_calls("matmul")]
        return list_shapes([(call.arguments[0], call.arguments[1], call.arguments[2]) for call in calls])

    def _build(self) -> Network:
        inputs, portable = self.inputs, self.profile == "portable"
        network = build_network(
            self.config,
            inputs.shape,
            inputs.classes,
            targets=inputs.targets,
            portable=portable,
            is_bytes=inputs.dtype == "uint8" and inputs.scale is None,
            checker=ExactChecker(always=False) if portable else None,
        )
        for name, array in network.arrays().items():
            np.copyto(array, self.parameters[name])
        network.reset_bounds()
        return network

    def _restore_targets(self, outputs: Floats) -> NDArray[Any]:
        """Return outputs of a regression in the units of the data: times the deviation, plus the mean, in float64."""
        return outputs if self.inputs.target_scale is None else read_preparation(self.inputs).restore_targets(outputs)
