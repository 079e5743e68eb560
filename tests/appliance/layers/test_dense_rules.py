"""The rules of dense layers: a unit for each column, two kinds of products, rows of positions; and the mask of ReLU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from appliance.config.activation_layers import ReluConfig
from appliance.config.layers import DenseConfig
from appliance.layers.build import build_layers
from appliance.layers.layer import InputSpec
from appliance.layers.terms import Term
from appliance.numerics.formats import F32, FORMATS
from appliance.numerics.operations import NATIVE, PORTABLE
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_trainer
from support.single_layers import build_layer, draw, pass_through

HIDDEN = InputSpec(shape=(40,))
BYTES = InputSpec(shape=(40,), bits=8, is_data=True)

# Units of columns


@pytest.mark.parametrize("inputs", [HIDDEN, BYTES], ids=["hidden", "bytes"])
def test_a_small_column_keeps_its_relative_precision(inputs: InputSpec) -> None:
    """A column of gradients a million times smaller than the others is within 2**-7 of exact, as they are."""
    sizes = np.ones(6)
    sizes[3] = 2.0**-20
    x, dy = np.rint(draw("x", 64, 40, low=0.0) * 255), draw("dy", 64, 6, low=0.25) * sizes
    layer = build_layer(DenseConfig(units=6), inputs)
    found = pass_through(layer, x, dy, units=2.0**-8 if inputs.is_data else None, scale=1 / 64)
    unit = 2.0**-8 if inputs.is_data else 1.0
    exact = (x * unit).T @ dy / 64
    assert (np.abs(found.gradients["weight"] - exact) <= exact * 2.0**-7).all()
    assert (np.abs(found.gradients["bias"] - dy.sum(axis=0) / 64) <= dy.sum(axis=0) / 64 * 2.0**-7).all()


def test_one_unit_for_all_columns_loses_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with the unit of the largest column, nothing of a small one is left."""
    measure = Term.measure

    def measure_all(term: Term, *rest: Any) -> None:  # noqa: ANN401 - passed on
        measure(term, *rest)
        rest[0].host(lambda: term.magnitudes.fill(term.magnitudes.max()))

    monkeypatch.setattr(Term, "measure", measure_all)
    dy = draw("dy", 64, 6, low=0.25) * np.array([1, 1, 1, 2.0**-20, 1, 1])
    found = pass_through(build_layer(DenseConfig(units=6), HIDDEN), draw("x", 64, 40), dy)
    assert not found.gradients["weight"][:, 3].any()
    assert found.gradients["weight"][:, 2].any()


# Kinds of products


def find_errors(layer: DenseConfig) -> list[float]:
    """Return the relative errors of output, input gradient and parameter gradients of a layer on plain values."""
    inputs = InputSpec(shape=(700,))
    portable, native = build_layer(layer, inputs), build_layer(layer, inputs, "f64", portable=False)
    for name, parameter in native.parameters().items():
        parameter[:] = portable.parameters()[name]
    x, dy = draw("x", 300, 700, low=0.0), draw("dy", 300, 30, low=0.0)
    dy[:, 1:] *= 2.0**-9
    exact, found = pass_through(native, x, dy), pass_through(portable, x, dy)
    assert exact.below is not None
    assert found.below is not None
    pairs = [(found.output, exact.output), (found.below, exact.below)]
    pairs += [(found.gradients[name], exact.gradients[name]) for name in ("weight", "bias")]
    return [float(np.abs(ours - theirs).max() / np.abs(theirs).max()) for ours, theirs in pairs]


def test_accurate_products_have_small_errors() -> None:
    """With rows of one large and many small entries, accurate products are near float32, fast ones are not."""
    assert max(find_errors(DenseConfig(units=30, product="accurate"))) < 2.0**-17
    assert min(find_errors(DenseConfig(units=30, product="fast"))[:3]) > 2.0**-14


@pytest.mark.parametrize(
    ("units", "product", "kind"),
    [(256, "", "fast"), (257, "", "accurate"), (257, "fast", "fast"), (10, "accurate", "accurate")],
)
def test_the_kind_of_a_layer_follows_its_setting_and_its_width(units: int, product: str, kind: str) -> None:
    """Logits of more than 256 classes are accurate unless the settings say otherwise; a hidden layer is fast."""
    settings = [DenseConfig(units=300), ReluConfig(), DenseConfig(units=units, product=product)]
    layers: Any = build_layers(settings, BYTES, fmt=F32, seed=1, portable=True)[0]
    assert layers[0]._kind.name == "fast"
    assert layers[2]._kind.name == kind


def test_arrays_of_accurate_layers_stay_in_their_format() -> None:
    """Operands are float64; parameters, outputs and gradients are float32."""
    layer = build_layer(DenseConfig(units=5, product="accurate"), HIDDEN)
    found = pass_through(layer, draw("x", 9, 40), draw("dy", 9, 5))
    assert found.below is not None
    arrays = [found.output, found.below, *found.gradients.values(), *layer.parameters().values()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


# Rows of positions


@pytest.mark.parametrize("product", ["fast", "accurate"])
@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize(("samples", "positions"), [(5, 3), (60, 9)])
def test_a_layer_per_position_is_a_layer_on_more_rows(
    precision: str, product: str, samples: int, positions: int
) -> None:
    """Each position is a row: outputs and gradients are those of a layer on samples of one position."""
    settings = DenseConfig(units=6, per_position=True, product=product)
    layer = build_layer(settings, InputSpec(shape=(positions, 40)), precision)
    rows = build_layer(DenseConfig(units=6, product=product), HIDDEN, precision)
    x, dy = draw("x", samples, positions, 40), draw("dy", samples, positions, 6)
    units = np.exp2(np.rint(draw("units", samples, positions, 1) * 5))
    found = pass_through(layer, x, dy, dy_units=units)
    expected = pass_through(rows, x.reshape(-1, 40), dy.reshape(-1, 6), dy_units=units.reshape(-1, 1))
    assert found.output.shape == (samples, positions, 6)
    assert found.output.tobytes() == expected.output.tobytes()
    assert found.below is not None
    assert expected.below is not None
    assert found.below.shape == x.shape
    assert found.below.tobytes() == expected.below.tobytes()
    assert {n: g.tobytes() for n, g in found.gradients.items()} == {
        n: g.tobytes() for n, g in expected.gradients.items()
    }


# The mask of ReLU


@pytest.mark.parametrize("portable", [True, False])
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_relu_passes_the_gradient_of_every_live_unit(precision: str, portable: bool) -> None:
    """However small an output is, next to however large ones, its gradient passes; where it is 0, nothing does."""
    dtype = FORMATS[precision].dtype
    smallest, tiny = np.finfo(dtype).smallest_subnormal, np.finfo(dtype).tiny
    x = np.array([[smallest, tiny, 2.0**-30, 1.0, 2.0**30], [0.0, -smallest, -tiny, -1.0, -(2.0**30)]], dtype=dtype)
    dy = np.array([[3.0, -(2.0**-40), 5.0, -7.0, 0.5]] * 2, dtype=dtype)
    units = np.array([[2.0**-3], [2.0**9]])
    layer = build_layer(ReluConfig(), InputSpec(shape=(5,)), precision, portable=portable)
    found = pass_through(layer, x, dy, dy_units=units, operations=PORTABLE if portable else NATIVE)
    assert found.output.tobytes() == np.where(x > 0, x, dtype(0)).tobytes()
    assert found.below is not None
    assert np.array_equal(found.below, np.where(x > 0, dy * units, 0))


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_a_small_live_unit_learns(precision: str) -> None:
    """A unit with outputs that round to zero beside another one still has the gradient of plain arithmetic."""
    moved = []
    for portable in (True, False):
        trainer = make_trainer(make_config(layers=(784, 12, 10), precision=precision), portable=portable)
        parameters = trainer.network.parameters()
        parameters["dense_1.weight"][:, :2] = 0.0
        parameters["dense_1.bias"][:2] = [2.0**-30, 2.0**6]
        before = parameters["dense_1.weight"].copy()
        trainer.step(Samples(*make_batch()), 1.0)
        moved.append((parameters["dense_1.weight"] - before)[:, 0])
    assert np.abs(moved[1]).max() > 2.0**-10
    assert np.abs(moved[0] - moved[1]).max() <= 2.0**-4 * np.abs(moved[1]).max()
