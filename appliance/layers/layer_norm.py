"""Layer normalisation: each position of a sequence, or the features of a sample, by its own mean and variance.

Part of bits 2. (Ba, Kiros and Hinton, "Layer normalization", 2016.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.layers.layer import InputSpec, Layer
from appliance.layers.native_moments import differentiate_native, standardize_native
from appliance.layers.normalize import Normalization, Standardized
from appliance.layers.shapes import refuse_shape
from appliance.layers.standardize import differentiate, find_moments, make_moments

if TYPE_CHECKING:
    from appliance.config.norm_layers import LayerNormConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats
    from appliance.numerics.plans import Plan
    from appliance.numerics.workspace import Workspace


class LayerNorm(Normalization):
    """Layer normalisation, with exact sums if it is portable."""

    @classmethod
    def build(
        cls, settings: LayerNormConfig, name: str, inputs: InputSpec, builder: Builder
    ) -> tuple[Layer, InputSpec]:
        """Return the layer and the specification of its output.

        Raises:
            ConfigurationError: the input is neither features nor a sequence.
        """
        if len(inputs.shape) > 2:  # noqa: PLR2004 - positions and units
            raise refuse_shape(name, "features (k,) or a sequence (positions, units)", inputs)
        layer = cls(name, builder.fmt, inputs.shape[-1], inputs, settings.epsilon, portable=builder.portable)
        return layer, InputSpec(shape=inputs.shape)

    def _take(self, name: str, like: Floats, work: Workspace) -> Floats:
        return work.take(name, *like.shape)

    def _view_rows(self, values: Floats) -> Floats:
        return values.reshape(-1, values.shape[-1])

    def _standardize(self, x: Floats, batch: Batch, plan: Plan) -> Floats:  # noqa: ARG002
        if not self._portable:
            return standardize_native(x, 1, self._epsilon, plan)[2]
        moments = make_moments(len(x))
        find_moments(x.T, moments, self._epsilon, self._wide, plan)
        plan("multiply", x.T, moments.inverses, x.T)
        return moments.inverses

    def _differentiate(self, dy: Floats, kept: Standardized, batch: Batch, plan: Plan) -> None:  # noqa: ARG002
        if self._portable:
            differentiate(dy.T, kept.normal.T, kept.inverses, self._wide, plan)
        else:
            differentiate_native(dy, kept.normal, kept.inverses, 1, plan)
