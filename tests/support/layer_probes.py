"""Layers on their own: one forward and one backward pass with chosen inputs and output gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.layers.build import build_layers
from appliance.layers.layer import Batch, InputSpec, Signal
from appliance.layers.sequence import list_backward, list_forward
from appliance.numerics.formats import FORMATS
from appliance.numerics.operations import NATIVE, PORTABLE
from appliance.numerics.plans import NOW, Plan
from appliance.training.accumulation import accumulate
from verify.conformance.freivalds import ExactChecker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.config.layer_settings import LayerSettings
    from appliance.layers.layer import Layer
    from appliance.layers.terms import Term

    Floats = NDArray[np.floating[Any]]


class Passed(NamedTuple):
    """What a forward and a backward pass gave: plain arrays of their own; an empty one for a gradient of data."""

    outputs: Floats
    input_gradient: Floats
    gradients: dict[str, Floats]


def make_plain(signal: Signal | None) -> Floats:
    """Return the values of a signal as a new array in C order; an empty one for no signal."""
    if signal is None:
        return np.zeros(0)
    units = 1.0 if signal.units is None else signal.units
    return np.array(signal.values * units, dtype=signal.values.dtype, order="C")


class Probe:
    """Some layers, one after the other, with initial parameters of a fixed seed.

    Args:
        settings: of the layers.
        shape: of a sample.
        precision: "f32" or "f64".
        portable: portable arithmetic; False for plain NumPy.
        data: the input is data: bytes in the portable arithmetic, which has no gradient.
    """

    def __init__(
        self,
        settings: Sequence[LayerSettings],
        shape: tuple[int, ...],
        *,
        precision: str = "f64",
        portable: bool = True,
        data: bool = False,
    ) -> None:
        self.fmt = FORMATS[precision]
        inputs = InputSpec(shape=shape, bits=8 if data else None, is_data=data)
        self.layers, self.output = build_layers(settings, inputs, fmt=self.fmt, seed=5, portable=portable)
        self._portable = portable
        self._data = data
        for number, array in enumerate(self.parameters().values()):
            if not array.any():  # biases that matter
                array[...] = np.random.default_rng(number).normal(size=array.shape) / 4

    def parameters(self) -> dict[str, Floats]:
        """Return the live parameters by name."""
        return {f"{layer.name}.{name}": array for layer in self.layers for name, array in layer.parameters().items()}

    def _receive(self, x: NDArray[Any]) -> Signal:
        values = np.array(x, dtype=self.fmt.dtype)
        if self._data and self._portable:
            return Signal(values, np.asarray(self.fmt.dtype(2.0**-8)), nonnegative=True)
        return Signal(values * self.fmt.dtype(2.0**-8) if self._data else values)

    def run(self, x: NDArray[Any], dy: Floats, scale: float = 1.0, units: Floats | None = None) -> Passed:
        """Return what both passes give for inputs (m, ...) and gradients of the outputs, with units or without."""
        gradients: dict[str, Floats] = {}
        rows = len(x)

        def visit(layer: Layer, terms: list[Term], plan: Plan) -> None:
            for term in terms:
                plan.host(term.check)
                term.choose(rows, plan)
                term.round(plan)
                gradients[f"{layer.name}.{term.parameter}"] = term.find_gradient(plan)

        outputs, below = self._list(x, dy, scale, units, visit)
        return Passed(outputs, below, gradients)

    def run_in_parts(self, x: NDArray[Any], dy: Floats, bounds: list[tuple[int, int]], scale: float = 1.0) -> Passed:
        """Return the same as `run` for a batch that comes in parts."""
        found: dict[int, tuple[Floats, Floats]] = {}

        def differentiate(start: int, stop: int) -> list[Term]:
            terms: list[Term] = []
            found[start] = self._list(
                x[start:stop], dy[start:stop], scale, None, lambda _, more, __: terms.extend(more)
            )
            return terms

        sums = accumulate(bounds, differentiate, NOW)
        gradients = {f"{term.layer.name}.{term.parameter}": gradient for term, gradient in sums}
        outputs = np.concatenate([found[start][0] for start, _ in bounds])
        joined = np.concatenate([found[start][1] for start, _ in bounds])
        return Passed(outputs, joined, gradients)

    def _list(self, x: NDArray[Any], dy: Floats, scale: float, units: Floats | None, visit: Any) -> Any:  # noqa: ANN401
        """Plan and run both passes; return outputs and the input's gradient."""
        for layer in self.layers:
            layer.reset_bounds()
        rows = len(x)
        batch = Batch(
            rows=rows,
            training=True,
            samples=np.arange(rows),
            epoch=np.ones((), dtype=np.int64),
            scale=np.asarray(self.fmt.dtype(scale)),
        )
        table = PORTABLE if self._portable else NATIVE
        plan = Plan(table, ExactChecker(always=True) if self._portable else None)
        signals = list_forward(self.layers, self._receive(x), batch, plan)
        plan.run()
        outputs = make_plain(signals[-1])
        plan = Plan(table, ExactChecker(always=True) if self._portable else None)
        above = Signal(np.array(dy, dtype=self.fmt.dtype), units)
        below = list_backward(self.layers, signals, above, batch, plan, visit)
        plan.run()
        return outputs, make_plain(below)


def find_slopes(probe: Probe, x: Floats, dy: Floats, array: Floats, *, step: float = 1e-5) -> Floats:
    """Return the slopes of `sum(dy * outputs)` in every entry of an array, by differences."""
    slopes = np.empty_like(array)
    for place in np.ndindex(array.shape):
        before, sums = array[place], []
        for move in (step, -step):
            array[place] = before + move
            sums.append(float(np.sum(probe.run(x, dy).outputs * dy)))
        array[place] = before
        slopes[place] = (sums[0] - sums[1]) / (2 * step)
    return slopes
