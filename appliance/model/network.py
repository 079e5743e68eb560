"""A network of dense layers: one training step as a list of stages, in any arithmetic."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.model.accumulation import Pass, accumulate, split_batch
from appliance.model.native import NativeArithmetic
from appliance.model.optimizers import make_optimizer
from appliance.model.portable import PortableArithmetic
from appliance.numerics.formats import FORMATS
from appliance.numerics.plans import Plan
from appliance.streams import draw_uniform
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from appliance.config.schema import Config

    Floats = NDArray[np.floating[Any]]
    Bytes = NDArray[np.uint8]


class Residual(NamedTuple):
    """What a batch leaves for the loss: shifted logits of the true classes and softmax denominators, both (m,).

    The next batch overwrites them.
    """

    shifted: Floats
    denominators: Floats


class _Forward(NamedTuple):
    """The way from bytes, copied into `pixels`, to `logits`, for one number of rows."""

    pixels: Floats
    activations: list[Any]
    logits: Floats
    plan: Plan


class _Top(NamedTuple):
    """The softmax for one number of rows: `plan` begins at the logits and ends at the loss's gradient."""

    plan: Plan
    rows: NDArray[np.intp]
    gradient: Floats
    shifted: Floats
    denominators: Floats


def initialize_weight(config: Config, number: int) -> Floats:
    """Return layer `number`'s initial weight, shape (k, n): uniform in +-sqrt(6 / k) (He et al., ICCV 2015).

    Drawn in float64 from the stream "init", index `number`, then rounded to the configured precision.
    """
    fan_in, width = config.model.layers[number - 1 : number + 1]
    uniform = draw_uniform(fan_in * width, config.seed, "init", number).reshape(fan_in, width)
    values = (uniform * 2.0 - 1.0) * np.sqrt(np.float64(6.0) / np.float64(fan_in))
    return np.asarray(values.astype(FORMATS[config.precision].dtype))


class Network:
    """Dense layers with ReLU between them and softmax cross-entropy at the end.

    Args:
        config: its sections `model` and `optimizer`, its seed and its precision.
        portable: portable arithmetic; False for plain NumPy.
        micro_batches: in how many parts, one after the other, `train_batch` takes a batch; in portable arithmetic
            the bits are the same for any number.
    """

    def __init__(self, config: Config, *, portable: bool, micro_batches: int = 1) -> None:
        fmt = FORMATS[config.precision]
        self.arithmetic: Any = PortableArithmetic(fmt) if portable else NativeArithmetic(fmt)
        self.optimizer = make_optimizer(config.optimizer, fmt, portable=portable)
        self.layers: list[Any] = []
        self._slots: list[Any] = []
        self._micro_batches = micro_batches
        self._scale = np.zeros((), dtype=fmt.dtype)
        self._forwards: dict[int, _Forward] = {}
        self._tops: dict[int, _Top] = {}
        self._steps: dict[int, Plan] = {}
        self._parts: dict[int, tuple[Plan, list[Any]]] = {}
        for number, width in enumerate(config.model.layers[1:], start=1):
            weight, bias = initialize_weight(config, number), np.zeros(width, dtype=fmt.dtype)
            self.layers.append(self.arithmetic.make_dense(f"dense_{number}", weight, bias, first=number == 1))
            self._slots.append((self.optimizer.make_slot(weight), self.optimizer.make_slot(bias)))

    def parameters(self) -> dict[str, Floats]:
        """Return the live parameters by name, such as "dense_1.weight" (k, n) and "dense_1.bias" (n,).

        Who changes them calls `forget_bounds` afterwards.
        """
        named: dict[str, Floats] = {}
        for layer in self.layers:
            named[f"{layer.name}.weight"] = layer.weight
            named[f"{layer.name}.bias"] = layer.bias
        return named

    def forget_bounds(self) -> None:
        """Measure anew what steps carry along, so that results depend on parameters and state, not on the path."""
        for layer in self.layers:
            layer.forget_bound()
        self.optimizer.start_epoch([slot for pair in self._slots for slot in pair])

    @contextmanager
    def focus(self, columns: NDArray[np.intp] | None) -> Iterator[None]:
        """Train on batches that hold only these input columns, ascending; None for all of them.

        Values that are not finite are reported by `train_batch` inside, not by NumPy's warnings. Parameters
        are whole again afterwards. Bits do not depend on it where sums are exact; where they are not,
        `arithmetic.skips_zeros` is False and columns must be None.
        """
        layer, slot = self.layers[0], self._slots[0][0]
        with np.errstate(invalid="ignore", over="ignore"):
            if columns is None:
                yield
                return
            self._drop_plans()
            layer.focus(columns, slot)
            try:
                yield
            finally:
                self._drop_plans()
                layer.unfocus(slot)

    def _drop_plans(self) -> None:
        for plans in (self._forwards, self._tops, self._steps, self._parts):
            plans.clear()

    def _plan_forward(self, rows: int) -> _Forward:
        """Return the forward pass for that many rows, planned at the first use."""
        found = self._forwards.get(rows)
        if found is None:
            plan = Plan()
            activations = [self.arithmetic.receive(rows, self.layers[0].weight.shape[0], plan)]
            for layer in self.layers[:-1]:
                z = layer.forward(activations[-1], plan)
                activations.append(self.arithmetic.rectify(layer.name, z, plan))
            logits = self.layers[-1].forward(activations[-1], plan)
            found = _Forward(activations[0].values, activations, logits, plan)
            self._forwards[rows] = found
        return found

    def _plan_top(self, rows: int) -> _Top:
        """Return the softmax for that many rows, planned at the first use."""
        found = self._tops.get(rows)
        if found is None:
            plan = Plan()
            probabilities, shifted, denominators = self.arithmetic.soften(self._plan_forward(rows).logits, plan)
            found = _Top(plan, np.arange(rows, dtype=np.intp), probabilities, shifted, denominators[:, 0])
            self._tops[rows] = found
        return found

    def _plan_descent(self, rows: int, visit: Callable[[int, Any, Any, Plan], None]) -> Plan:
        """Return the way down from the loss's gradient, which visits each layer's number, input and gradient."""
        forward, plan = self._plan_forward(rows), Plan()
        gradient = self.arithmetic.wrap(self._plan_top(rows).gradient)
        for number in reversed(range(len(self.layers))):
            layer, x = self.layers[number], forward.activations[number]
            below = self.arithmetic.mask(layer.backward(gradient, plan), x, plan) if number else gradient
            visit(number, x, gradient, plan)
            gradient = below
        return plan

    def _plan_step(self, rows: int) -> Plan:
        """Return a way down that takes an optimizer step at every layer, planned at the first use."""

        def update(number: int, x: Any, gradient: Any, plan: Plan) -> None:  # noqa: ANN401
            self.layers[number].update(x, gradient, self._scale, self.optimizer, self._slots[number], plan)

        if rows not in self._steps:
            self._steps[rows] = self._plan_descent(rows, update)
        return self._steps[rows]

    def _plan_part(self, rows: int) -> tuple[Plan, list[Any]]:
        """Return a way down that measures every layer's addends, with these, planned at the first use."""
        addends: list[Any] = [None] * len(self.layers)

        def measure(number: int, x: Any, gradient: Any, plan: Plan) -> None:  # noqa: ANN401
            addends[number] = self.layers[number].measure(x, gradient, self._scale, plan)

        if rows not in self._parts:
            self._parts[rows] = (self._plan_descent(rows, measure), addends)
        return self._parts[rows]

    def _ascend(self, pixels: Bytes, labels: Bytes) -> Residual:
        """Pass bytes (m, k) forward and leave the loss's gradient where the way down begins."""
        forward, top = self._plan_forward(len(labels)), self._plan_top(len(labels))
        np.copyto(forward.pixels, pixels)
        forward.plan.run()
        top.plan.run()
        top.gradient[top.rows, labels] -= self.arithmetic.fmt.dtype(1.0)
        return Residual(shifted=top.shifted[top.rows, labels], denominators=top.denominators)

    def train_batch(self, pixels: Bytes, labels: Bytes, rate: float) -> Residual:
        """Take one step on bytes (m, k) with labels (m,) at a learning rate; return what the loss needs.

        Raises:
            NonFiniteError: a gradient or weight is NaN, infinite or out of range.
        """
        self.optimizer.start_step(rate)
        self._scale.fill((rate if self.optimizer.rate_in_gradient else 1.0) / len(labels))
        if self._micro_batches > 1:
            return self._train_parts(pixels, labels)
        residual = self._ascend(pixels, labels)
        self._plan_step(len(labels)).run()
        return residual

    def _train_parts(self, pixels: Bytes, labels: Bytes) -> Residual:
        whole = Residual(*(np.empty(len(labels), dtype=self.arithmetic.fmt.dtype) for _ in Residual._fields))

        def differentiate(start: int, stop: int) -> Pass:
            part = self._ascend(pixels[start:stop], labels[start:stop])
            for values, found in zip(whole, part, strict=True):
                values[start:stop] = found
            plan, addends = self._plan_part(stop - start)
            plan.run()
            return Pass(self._plan_forward(stop - start).activations, addends)

        sums = accumulate(self.layers, split_batch(len(labels), self._micro_batches), differentiate)
        for layer, total, slots in zip(self.layers, sums, self._slots, strict=True):
            layer.apply_sums(total, self._scale, self.optimizer, slots)
        return whole

    def predict(self, pixels: Bytes) -> Floats:
        """Return logits, shape (m, c), for bytes (m, k), as a new array."""
        forward = self._plan_forward(len(pixels))
        np.copyto(forward.pixels, pixels)
        forward.plan.run()
        return np.array(forward.logits)

    def find_lost(self) -> str | None:
        """Return the name of the first parameter, or optimizer state, with a value that is not finite, if any."""
        for name, array in self.parameters().items():
            if not np.isfinite(array).all():
                return name
        for layer, slots in zip(self.layers, self._slots, strict=True):
            if not all(np.isfinite(array).all() for slot in slots for array in slot.arrays):
                return f"{layer.name}, state of the optimizer"
        return None

    def find_failure(self, pixels: Bytes) -> str:
        """Return the name of the first tensor, in forward order, that is not finite for bytes (m, k)."""
        self.forget_bounds()
        plan = Plan()
        x = self.arithmetic.receive(*pixels.shape, plan)
        np.copyto(x.values, pixels)
        plan.run()
        for layer in self.layers:
            if not np.isfinite(layer.weight).all():
                return f"{layer.name}.weight"
            try:
                z = layer.forward(x)
            except NonFiniteError:
                return f"{layer.name}.weight"
            if not np.isfinite(z).all():
                return f"{layer.name}.output"
            x = self.arithmetic.rectify(layer.name, z)
        return f"{self.layers[-1].name}.output_gradient"
