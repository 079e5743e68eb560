"""What layers demand of the shape of a sample, and signals copied as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from appliance.layers.layer import Floats, InputSpec, Signal
    from appliance.numerics.plans import Do


def require_sequence(inputs: InputSpec, name: str) -> tuple[int, int]:
    """Return positions and length of the vectors of a sequence.

    Raises:
        ConfigurationError: a sample has another shape.
    """
    if len(inputs.shape) != 2:  # noqa: PLR2004 - positions and units
        raise refuse_shape(name, "a sequence: samples of shape (positions, units)", inputs)
    return inputs.shape[0], inputs.shape[1]


def refuse_shape(name: str, expected: str, inputs: InputSpec) -> ConfigurationError:
    """Return the error that a layer cannot take samples of this shape."""
    return ConfigurationError(
        f"the layer {name} does not fit the one before it",
        expected=expected,
        found=f"samples of shape {inputs.shape}",
        where="model.layers",
        remedy="change the layers before it, or the shape of the data",
    )


def copy_plain(x: Signal, out: Floats, do: Do) -> None:
    """Copy the values of a signal, with its units if it has any, into out, of the same shape and any float type."""
    if x.units is None:
        do("copyto", out, x.values)
    else:
        do("multiply", x.values, x.units, out)
