"""Layers that a user's program gives: their functions run inside plans.

Part of bits 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.config.own import read_output_shape, require_word
from appliance.layers.column_terms import ColumnTerm
from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.native_terms import NativeTerm
from appliance.layers.operands import make_plain
from appliance.numerics.grids import flush_tiny
from verify.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.own import Draw, OwnLayer
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats, Updater
    from appliance.layers.terms import Term
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do, Plan


class GivenLayer(Layer):
    """A layer of a user's.

    Args:
        own: the user's object.
        name: such as "swish_1".
        fmt: the number format.
        inputs: the specification of the input.
        parameters: by name, of any shape.
        portable: results are rounded to a grid far below all that matters, so that no subnormal number and no -0 is
            left; parameters' gradients are exact sums.
    """

    def __init__(
        self,
        own: OwnLayer,
        name: str,
        fmt: Format,
        inputs: InputSpec,
        parameters: dict[str, Floats],
        *,
        portable: bool,
    ) -> None:
        super().__init__(name, fmt)
        self._own = own
        self._inputs = inputs
        self._shape = read_output_shape(own, inputs.shape)
        self._parameters = parameters
        self._portable = portable

    @classmethod
    def build(cls, settings: OwnLayer, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output."""
        made = make_initial(settings, inputs.shape, builder.draw_uniform)
        parameters = {key: _convert(value, builder.fmt, f"{name}.{key}") for key, value in made.items()}
        layer = cls(settings, name, builder.fmt, inputs, parameters, portable=builder.portable)
        return layer, InputSpec(shape=layer._shape)

    def parameters(self) -> dict[str, Floats]:
        """Return the parameters."""
        return self._parameters

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return the output; a layer that follows may overwrite it, so `backward` gets another copy."""
        source = make_plain(x, plan).reshape(batch.rows, *self._inputs.shape)
        kept = np.empty((batch.rows, *self._shape), dtype=self.fmt.dtype)
        plan.host(self._run_forward, source, kept)
        self._flush(kept, plan)
        result = np.empty_like(kept)
        plan("copyto", result, kept)
        batch.keep(self.name, kept)
        return Signal(result)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient of the input, and a term for each parameter."""
        kept = batch.recall(self.name, np.ndarray)
        source = x.values.reshape(batch.rows, *self._inputs.shape)
        gradient = make_plain(dy, plan).reshape(kept.shape)
        below = np.empty(source.shape, dtype=self.fmt.dtype)
        shares = {
            name: np.empty((batch.rows, *array.shape), self.fmt.dtype) for name, array in self._parameters.items()
        }
        plan.host(partial(self._run_backward, source, kept, gradient, below, shares))
        self._flush(below, plan)
        terms = [self._make_term(name, share, batch, plan) for name, share in shares.items()]
        return Backward(None if self._inputs.is_data else Signal(below), terms)

    def _make_term(self, name: str, share: Floats, batch: Batch, plan: Plan) -> Term:
        addends = share.reshape(batch.rows, -1)
        plan("multiply", addends, batch.scale, addends)
        term: Term
        if self._portable:
            term = ColumnTerm(self, name, addends, batch.rows)
        else:
            term = NativeTerm(self, name, addends, batch.rows)
        term.measure(plan)
        return term

    def apply_gradient(self, name: str, gradient: Floats, updater: Updater, do: Do) -> None:
        """Take the optimizer's step for one parameter of any shape."""
        super().apply_gradient(name, gradient.reshape(self._parameters[name].shape), updater, do)

    def _flush(self, array: Floats, plan: Plan) -> None:
        if self._portable:
            flush_tiny(array, self.fmt, plan)

    def _run_forward(self, x: Floats, out: Floats) -> None:
        self._take(self._own.forward(freeze(x), self._give_parameters()), out, "forward")

    def _run_backward(self, x: Floats, y: Floats, dy: Floats, below: Floats, shares: Mapping[str, Floats]) -> None:
        gradient, given = split_gradients(self._own.backward(freeze(x), freeze(y), freeze(dy), self._give_parameters()))
        self._take(gradient, below, "backward")
        if set(given) != set(shares):
            names = sorted(shares) or "no parameter"
            raise self._refuse("shares of other parameters than the layer has", names, sorted(given), "backward")
        for name, share in shares.items():
            self._take(given[name], share, f"backward, {name}")

    def _give_parameters(self) -> dict[str, Floats]:
        return {name: freeze(array) for name, array in self._parameters.items()}

    def _take(self, found: object, out: Floats, where: str) -> None:
        """Copy what a user's function returned, rounded to the format."""
        array = read_array(found)
        if array.shape != out.shape or array.dtype.kind not in "fiub":
            raise self._refuse(
                "an array of another shape or type", f"{out.shape}, {out.dtype}", f"{array.shape}, {array.dtype}", where
            )
        np.copyto(out, array, casting="unsafe")

    def _refuse(self, what: str, expected: object, found: object, where: str) -> UsageError:
        place = f"{type(self._own).__name__}.{where}"
        return UsageError(f"a layer of yours returned {what}", expected=expected, found=found, where=place)


def make_initial(own: OwnLayer, shape: tuple[int, ...], draw: Draw) -> Mapping[str, object]:
    """Return the initial parameters that a user's layer gives.

    Raises:
        UsageError: it gives something else.
        ConfigurationError: one cannot have its name.
    """
    made, where = own.initial(shape, draw), f"{type(own).__name__}.initial"
    if not isinstance(made, Mapping):
        raise UsageError(
            "a layer of yours gave no parameters", expected="a dict", found=type(made).__name__, where=where
        )
    for key in made:
        require_word(key, "a parameter of yours", where)
    return made


def split_gradients(found: object) -> tuple[Any, Mapping[str, Any]]:
    """Return the gradient of the input and the shares of parameters from what `backward` of a user's layer returned."""
    if isinstance(found, tuple | list) and len(found) == 2 and isinstance(found[1], Mapping):  # noqa: PLR2004 - a pair
        return found[0], found[1]
    return found, {}


def read_array(found: object) -> NDArray[Any]:
    """Return what a user's function returned as an array; what is none, as one of Python objects."""
    try:
        return np.asarray(found)
    except ValueError:  # lists of several lengths
        return np.empty((), dtype=np.object_)


def freeze(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def _convert(value: object, fmt: Format, where: str) -> Floats:
    array = np.array(value, dtype=fmt.dtype, order="C")
    if not np.isfinite(array).all() or not array.size:
        raise UsageError(
            "an initial parameter of yours cannot be used",
            expected="finite numbers, at least one",
            found=f"shape {array.shape}",
            where=where,
        )
    return array
