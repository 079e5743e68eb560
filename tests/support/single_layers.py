"""One layer alone: its output and its gradients, for inputs and output gradients that a test chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.layers.build import build_layers
from appliance.layers.layer import Batch, Signal
from appliance.numerics.formats import FORMATS
from appliance.numerics.operations import PORTABLE
from appliance.numerics.plans import NOW, Plan
from appliance.streams import draw_uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.layer_settings import LayerSettings
    from appliance.layers.layer import InputSpec, Layer
    from appliance.layers.terms import Term
    from appliance.numerics.operations import Operations

    Floats = NDArray[np.floating[Any]]


class Passed(NamedTuple):
    """What the passes through one layer gave: plain arrays, gradients by the name of the parameter."""

    output: Floats
    below: Floats | None
    gradients: dict[str, Floats]
    terms: list[Term]


def build_layer(settings: LayerSettings, inputs: InputSpec, precision: str = "f32", *, portable: bool = True) -> Layer:
    """Return a layer with its initial parameters."""
    (layer,), _ = build_layers([settings], inputs, fmt=FORMATS[precision], seed=1, portable=portable)
    return layer


def pass_through(
    layer: Layer,
    x: Floats,
    dy: Floats,
    *,
    units: float | None = None,
    dy_units: Floats | None = None,
    scale: float = 1.0,
    operations: Operations = PORTABLE,
) -> Passed:
    """Return what both passes give for an input x (m, ...) and a gradient dy of the output.

    Args:
        layer: is not changed, but for its rounded weight.
        x: whole numbers of `units`, or plain values.
        dy: plain values, or values with units.
        units: of x.
        dy_units: of dy, powers of two.
        scale: what gradients of parameters are multiplied by.
        operations: the table of operations.
    """
    dtype, rows = layer.fmt.dtype, len(x)
    batch = Batch(
        rows=rows,
        training=True,
        samples=np.arange(rows, dtype=np.int64),
        epoch=np.ones((), dtype=np.int64),
        scale=np.asarray(scale, dtype=dtype),
    )
    given = Signal(x.astype(dtype), None if units is None else np.asarray(units, dtype=dtype), units is not None)
    forward, backward = Plan(operations), Plan(operations)
    layer.prepare(forward)
    y = layer.forward(given, batch, forward)
    forward.run()
    output = np.array(y.values)
    above = Signal(dy.astype(dtype), None if dy_units is None else dy_units.astype(dtype))
    found = layer.backward(given, y, above, batch, backward)
    backward.run()
    below = None
    if found.input is not None:
        below = np.array(found.input.values * (1.0 if found.input.units is None else found.input.units))
    gradients = {}
    for term in found.terms:
        term.check()
        term.choose(rows, NOW)
        term.round(NOW)
        gradients[term.parameter] = np.array(term.find_gradient(NOW))
    return Passed(output, below, gradients, found.terms)


def draw(label: str, *shape: int, low: float = -1.0) -> Floats:
    """Return float64 numbers from low to 1."""
    return draw_uniform(int(np.prod(shape)), 7, label).reshape(shape) * (1.0 - low) + low


def find_units(x: Floats) -> Floats:
    """Return the largest power of two for each column of x (..., n), of which all its entries are whole numbers."""
    mantissas, exponents = np.frexp(x.astype(np.float64))
    whole = np.abs(np.ldexp(mantissas, 53)).astype(np.int64)
    lowest = np.where(whole == 0, 2000, exponents - 53 + np.round(np.log2(np.maximum(whole & -whole, 1))))
    smallest = lowest.min(axis=-2, keepdims=True, initial=2000)
    return np.exp2(np.where(smallest == 2000, 0, smallest))
