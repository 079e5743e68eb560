"""Layers without parameters or settings, with an output of the shape of their input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.layers.layer import InputSpec, Layer
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.config.layer_settings import LayerSettings
    from appliance.layers.builder import Builder
    from appliance.numerics.formats import Format


class SameShape(Layer):
    """An output of the shape of the input; what it makes of data counts as data."""

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
        """Return the layer and the specification of its output."""
        return cls(name, builder.fmt), InputSpec(shape=inputs.shape, is_data=inputs.is_data)
