"""Settings of layers that normalise, and of dropout.

Part of bits 2.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from appliance.config.growth import newer
from appliance.config.layer_settings import LayerSettings, Shape
from appliance.config.limits import about, fraction, positive


@attrs.frozen(kw_only=True)
class LayerNormConfig(LayerSettings):
    """Normalisation of each position, or of the features of a sample, to the mean 0 and the variance 1."""

    tag: ClassVar[str] = "layer_norm"
    epsilon: float = newer(default=1e-5, validator=positive(1.0), metadata=about("added to the variance"))

    def count_parameters(self, inputs: Shape) -> int:
        """Return the number of factors and biases."""
        return 2 if inputs is None else 2 * inputs[-1]

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the input."""
        return inputs


@attrs.frozen(kw_only=True)
class BatchNormConfig(LayerSettings):
    """Normalisation of each channel over a batch; predictions use the running mean and variance of the training.

    Channels are the features of a sample, the first axis of an image, the last one of a sequence. A batch is never
    taken in parts.
    """

    tag: ClassVar[str] = "batch_norm"
    epsilon: float = newer(default=1e-5, validator=positive(1.0), metadata=about("added to the variance"))
    momentum: float = newer(
        default=0.1,
        validator=positive(1.0, included=True),
        metadata=about("share of a batch in the running mean and variance"),
    )

    def count_parameters(self, inputs: Shape) -> int:
        """Return the number of factors and biases."""
        return 2 if inputs is None else 2 * self.find_channels(inputs)

    @staticmethod
    def find_channels(inputs: tuple[int, ...]) -> int:
        """Return the number of channels of a sample."""
        return inputs[0] if len(inputs) == 3 else inputs[-1]  # noqa: PLR2004 - an image

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the input."""
        return inputs


@attrs.frozen(kw_only=True)
class DropoutConfig(LayerSettings):
    """Dropout: in a training each value is set to 0 with a probability, and the others are enlarged."""

    tag: ClassVar[str] = "dropout"
    rate: float = newer(default=0.5, validator=fraction(), metadata=about("probability of 0, in steps of 2**-16"))

    def count_parameters(self, inputs: Shape) -> int:  # noqa: ARG002 - none for any shape
        """Return 0."""
        return 0

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the input."""
        return inputs
