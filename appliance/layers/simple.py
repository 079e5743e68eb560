"""Layers without parameters or settings, built from the specification of their input alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.layers.layer import InputSpec, Layer
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.config.layer_settings import LayerSettings
    from appliance.layers.builder import Builder
    from appliance.numerics.formats import Format


class SimpleLayer(Layer):
    """A layer without parameters or settings."""

    def __init__(self, name: str, fmt: Format) -> None:
        super().__init__(name, fmt)
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(
        cls,
        settings: LayerSettings,  # noqa: ARG003 - it has none
        name: str,
        inputs: InputSpec,
        builder: Builder,
    ) -> tuple[Layer, InputSpec]:
        """Return the layer and the specification of its output.

        Raises:
            ConfigurationError: the layer cannot use such an input.
        """
        return cls(name, builder.fmt), cls.specify_output(inputs, name)

    @classmethod
    def specify_output(cls, inputs: InputSpec, name: str) -> InputSpec:  # noqa: ARG003 - for layers that override it
        """Return the specification of the output: the shape of the input; what is made of data counts as data."""
        return InputSpec(shape=inputs.shape, is_data=inputs.is_data)
