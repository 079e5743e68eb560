"""Settings of activations: functions element by element, without settings of their own.

Part of bits 2.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from appliance.config.layer_settings import LayerSettings, Shape


@attrs.frozen(kw_only=True)
class ActivationConfig(LayerSettings):
    """A function of each value."""

    def count_parameters(self, inputs: Shape) -> int:  # noqa: ARG002 - none for any shape
        """Return 0."""
        return 0

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the input."""
        return inputs


@attrs.frozen(kw_only=True)
class ReluConfig(ActivationConfig):
    """The rectified linear unit, element by element."""

    tag: ClassVar[str] = "relu"


@attrs.frozen(kw_only=True)
class TanhConfig(ActivationConfig):
    """The hyperbolic tangent, element by element."""

    tag: ClassVar[str] = "tanh"


@attrs.frozen(kw_only=True)
class SigmoidConfig(ActivationConfig):
    """The logistic function, element by element."""

    tag: ClassVar[str] = "sigmoid"


@attrs.frozen(kw_only=True)
class GeluConfig(ActivationConfig):
    """The Gaussian error linear unit in its exact form, element by element."""

    tag: ClassVar[str] = "gelu"
