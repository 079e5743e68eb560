"""Looks whether a layer, a loss or an optimizer of the user's keeps the rules that make it portable."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance import portable
from appliance.config.own import OwnLayer, read_output_shape
from appliance.config.own_rules import OwnLoss, OwnOptimizer, Step
from appliance.layers.own import make_initial, read_array, split_gradients
from appliance.library.watched_arrays import advise, watch
from appliance.numerics.formats import FORMATS
from appliance.streams import draw_uniform
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from appliance.config.schema import Precision

    Arrays = dict[str, NDArray[Any]]
    # From arrays with one sample in each row to named results with one sample in each row.
    Rows = Callable[[Arrays], Arrays]

_SAMPLES = 12
_PARTS = ((0, 1), (1, 6), (6, _SAMPLES))
_STEP = 1e-6
_TOLERANCE = 1e-4


def check_portable(
    part: OwnLayer | OwnLoss | OwnOptimizer,
    shape: Sequence[int],
    *,
    precision: Precision = "f32",
    classes: bool = False,
) -> list[str]:
    """Return what is wrong with a layer, a loss or an optimizer of one's own, a sentence each; empty if all is well.

    It is run on generated samples: in another order, in parts, one by one, twice, in another memory layout, and on
    arrays that take note of NumPy functions that are not portable. Gradients are compared with differences in float64.
    What it cannot see: functions of other libraries, and NumPy's on arrays that `appliance.portable` returned. The
    proof is to vary the machine: `repro-appliance vary --config my.toml`.

    Args:
        part: the object.
        shape: of one sample of a layer's input, of the network's outputs for one sample, or of a parameter.
        precision: "f32" or "f64".
        classes: of a loss: its labels are class numbers, as many as there are outputs; otherwise they are targets.

    Raises:
        UsageError: it is of another kind.

    >>> from appliance import check_portable, nn
    >>> import numpy as np
    >>> tanh = nn.Elementwise(lambda x: np.tanh(x), lambda x: 1.0 - np.tanh(x) * np.tanh(x), name="tanh")
    >>> check_portable(tanh, (4,))
    ['np.tanh gives other bits on other machines: use appliance.portable.tanh']
    """
    dtype = FORMATS[precision].dtype
    if isinstance(part, OwnLayer):
        return _check_layer(part, tuple(shape), dtype)
    if isinstance(part, OwnLoss):
        return _check_loss(part, tuple(shape), dtype, classes=classes)
    if isinstance(part, OwnOptimizer):
        return _check_optimizer(part, tuple(shape), dtype)
    raise UsageError(
        "only parts of one's own can be checked",
        expected="an nn.Layer, nn.Loss or nn.Optimizer",
        found=type(part).__name__,
    )


def _draw(*shape: int, seed: int, dtype: type[Any]) -> NDArray[Any]:
    """Return values between -2 and 2, some of them zero."""
    size = math.prod(shape)
    values = draw_uniform(size, seed, "check") * 4.0 - 2.0
    values[::17] = 0.0
    return np.asarray(values.astype(dtype).reshape(shape))


def _check_layer(layer: OwnLayer, shape: tuple[int, ...], dtype: type[Any]) -> list[str]:
    made = make_initial(layer, shape, lambda *sizes: draw_uniform(math.prod(sizes), 0, "i").reshape(sizes))
    parameters = {name: np.array(value, dtype=dtype) for name, value in made.items()}
    output = read_output_shape(layer, shape)

    def run(rows: Arrays) -> Arrays:
        y = layer.forward(rows["x"], parameters)
        dx, shares = split_gradients(layer.backward(rows["x"], y, rows["dy"], parameters))
        return {"output": y, "gradient of x": dx, **{f"shares of {name}": share for name, share in shares.items()}}

    rows = {"x": _draw(_SAMPLES, *shape, seed=1, dtype=dtype), "dy": _draw(_SAMPLES, *output, seed=2, dtype=dtype)}
    shapes = {
        "output": output,
        "gradient of x": shape,
        **{f"shares of {key}": p.shape for key, p in parameters.items()},
    }
    return _check_shapes(run(rows), shapes) or [*_check_rows(run, rows), *_check_slopes(layer, parameters, rows)]


def _check_shapes(found: Arrays, shapes: dict[str, tuple[int, ...]]) -> list[str]:
    """Return what is no array of its shape, or not finite; everything else would be told in other words then."""
    wrong = [f"{name}: missing" for name in shapes if name not in found]
    wrong += [f"{name}: there is no such parameter" for name in found if name not in shapes]
    for name, value in found.items():
        array, shape = read_array(value), (_SAMPLES, *shapes.get(name, ()))
        if name in shapes and array.shape != shape:
            wrong.append(f"{name}: shape {array.shape} in the place of {shape}")
        elif array.dtype.kind not in "fiub":
            wrong.append(f"{name}: type {array.dtype} in the place of floats")
        elif not bool(np.isfinite(array).all()):
            wrong.append(f"{name}: NaN or infinity, although what was given is finite")
    return wrong


def _check_rows(run: Rows, rows: Arrays) -> list[str]:
    """Return which results depend on other rows, on chance, on the layout, or on functions that are not portable."""
    expected = {name: np.array(value) for name, value in run(rows).items()}
    order = np.arange(_SAMPLES)[::-1]
    parts = [run({name: value[start:stop] for name, value in rows.items()}) for start, stop in _PARTS]
    trials = {
        "changes when it is called again": run(rows),
        "depends on the order of the samples": {
            name: value[::-1] for name, value in run({name: value[order] for name, value in rows.items()}).items()
        },
        "depends on the samples beside a sample": {
            name: np.concatenate([part[name] for part in parts]) for name in expected
        },
        "depends on the memory layout": run({name: np.asfortranarray(value) for name, value in rows.items()}),
    }
    found = [
        f"{name} {words}"
        for words, trial in trials.items()
        for name, value in expected.items()
        if not _equal(np.asarray(trial[name]), value)
    ]
    names: dict[str, None] = {}
    run({name: watch(value, partial(_note, names)) for name, value in rows.items()})
    return [*found, *dict.fromkeys(map(advise, names))]


def _note(names: dict[str, None], name: str) -> None:
    names[name] = None


def _equal(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def _check_slopes(layer: OwnLayer, parameters: Arrays, rows: Arrays) -> list[str]:
    """Return which gradients are not the slopes of the output, in float64."""
    wide = {name: value.astype(np.float64) for name, value in parameters.items()}
    x, dy = (rows[name].astype(np.float64) + 0.01 for name in ("x", "dy"))
    y = np.asarray(layer.forward(x, wide))
    dx, shares = split_gradients(layer.backward(x, y, dy, wide))
    points: list[tuple[str, NDArray[Any], NDArray[Any]]] = [("x", x, np.asarray(dx))]
    points += [(name, wide[name], portable.sum(shares[name], axis=0)) for name in wide]
    wrong = []
    for name, place, gradient in points:
        direction = _draw(*place.shape, seed=3, dtype=np.float64)
        values = []
        for side in (_STEP, -_STEP):
            moved = place + side * direction
            y = layer.forward(moved, wide) if name == "x" else layer.forward(x, {**wide, name: moved})
            values.append(float(portable.sum(y * dy)))
        slope, stated = (values[0] - values[1]) / (2 * _STEP), float(portable.sum(gradient * direction))
        if abs(slope - stated) > _TOLERANCE * (abs(slope) + abs(stated) + 1e-3):
            wrong.append(f"the gradient of {name} is not the slope of the output: {stated:.6g}, not {slope:.6g}")
    return wrong


def _check_loss(loss: OwnLoss, shape: tuple[int, ...], dtype: type[Any], *, classes: bool) -> list[str]:
    def run(rows: Arrays) -> Arrays:
        z, labels = rows["outputs"], rows["labels"]
        return {"values": loss.values(z, labels), "gradient": loss.gradient(z, labels)}

    labels = np.arange(_SAMPLES) % shape[-1] if classes else _draw(_SAMPLES, *shape, seed=2, dtype=dtype)
    rows = {"outputs": _draw(_SAMPLES, *shape, seed=1, dtype=dtype), "labels": labels}
    wrong = _check_shapes(run(rows), {"values": (), "gradient": shape})
    if wrong:
        return wrong
    found = _check_rows(run, rows)
    z = rows["outputs"].astype(np.float64) + 0.01
    labels = labels if classes else labels.astype(np.float64)
    direction = _draw(*z.shape, seed=3, dtype=np.float64)
    above, below = (float(portable.sum(loss.values(z + side * direction, labels))) for side in (_STEP, -_STEP))
    slope, stated = (above - below) / (2 * _STEP), float(portable.sum(loss.gradient(z, labels) * direction))
    if abs(slope - stated) > _TOLERANCE * (abs(slope) + abs(stated) + 1e-3):
        found.append(f"the gradient is not the slope of the values: {stated:.6g}, not {slope:.6g}")
    return found


def _check_optimizer(rule: OwnOptimizer, shape: tuple[int, ...], dtype: type[Any]) -> list[str]:
    """Return what is wrong with a rule, which must treat each element alone."""

    def run(rows: Arrays) -> Arrays:
        parameter = rows["parameter"] + dtype(0.0)
        state = {name: parameter * dtype(0.0) for name in rule.state_names}
        for number in (1, 2, 3):
            rule.update(parameter, rows[f"gradient {number}"] + dtype(0.0), state, Step(dtype(0.1), number))
        return {"parameter": parameter, **{f"state {name}": value for name, value in state.items()}}

    width = shape[1:] if len(shape) > 1 else shape
    names = ("parameter", "gradient 1", "gradient 2", "gradient 3")
    return _check_rows(run, {name: _draw(_SAMPLES, *width, seed=k, dtype=dtype) for k, name in enumerate(names)})
