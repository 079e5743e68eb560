"""Every kind of layer: the oracle has the program's digests; with one rule changed it has others."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config.growth import find_default, list_settings
from appliance.config.layers import LAYERS as PROGRAM_LAYERS
from appliance.config.loading import parse_settings
from appliance.layers.patch_terms import cut_rows
from appliance.numerics import activations
from appliance.numerics import formats as program_formats
from oracle import (
    attention,
    build,
    columns,
    convolution,
    elementwise,
    functions,
    normalisation,
    pooling,
    residual,
    sequences,
    streams,
    tables,
    weights,
)
from oracle.digests import digest_json
from oracle.formats import F32, F64, Format
from oracle.random_networks import draw_network
from oracle.training import complete, train
from oracle.variations import LAYERS, dense, layer, make_settings
from support.oracle_runs import run_program
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from oracle.optimizers import Tensor


@cache
def run_oracle(variation: str) -> dict[str, str]:
    """Return a variation's digests by the oracle."""
    return train(LAYERS[variation].settings, data=LAYERS[variation].data)


@pytest.mark.slow
@pytest.mark.parametrize("variation", LAYERS)
def test_the_program_has_the_digests_of_the_oracle(variation: str) -> None:
    """All six digests, and the weights of every epoch."""
    assert run_oracle(variation) == run_program(LAYERS[variation])


def list_kinds(tables_: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the kinds of layers, inner ones too."""
    for table in tables_:
        yield table["kind"]
        yield from list_kinds(table.get("layers", []))


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_every_kind_of_layer_is_compared(precision: str) -> None:
    """A layer of the program without a variation in each format is an error."""
    chosen = [v.settings for v in LAYERS.values() if v.settings["precision"] == precision]
    found = {kind for settings in chosen for kind in list_kinds(settings["model"]["layers"])}
    assert found == set(PROGRAM_LAYERS)


@pytest.mark.parametrize("kind", PROGRAM_LAYERS)
def test_settings_that_are_left_out_are_those_of_the_program(kind: str) -> None:
    """What is hashed only where it differs from its default."""
    fields = list_settings(PROGRAM_LAYERS[kind])
    left_out = {field.name: find_default(field) for field in fields if field.default is not attrs.NOTHING}
    assert build.DEFAULTS.get(kind, {}) == left_out


def test_settings_are_hashed_as_by_the_program() -> None:
    """Defaults that are written out, windows of two equal numbers, whole numbers in the place of others."""
    tables = [
        layer("conv2d", channels=2, kernel=[2, 2], stride=1, padding=[0, 0], product=""),
        layer("max_pool", kernel=[1, 2], stride=0),
        layer("residual", layers=[layer("dropout", rate=0), layer("batch_norm", momentum=1, epsilon=1e-5)]),
        dense(3, per_position=False, product="fast"),
    ]
    settings = make_settings(tables, learning_rate=1)
    assert digest_json(complete(settings)) == parse_settings(settings, where="a test").digest()


@pytest.mark.parametrize("fmt", [F32, F64], ids=["f32", "f64"])
@pytest.mark.parametrize("kind", ["tanh", "sigmoid", "gelu"])
def test_activations_agree_with_the_program(kind: str, fmt: Format) -> None:
    """Values and slopes, in the whole range of the tables and past it, near 0 too."""
    points = fmt.round(
        [(u - 0.5) * width for u in streams.draw_uniforms(150, 1, "points") for width in (2.0**-30, 1.0, 50.0)]
    )
    x: NDArray[np.floating[Any]] = np.array(points, dtype=np.float32 if fmt is F32 else np.float64)
    program: Any = getattr(activations, kind)
    y = program(x)
    slopes = activations.gelu_slope(x) if kind == "gelu" else getattr(activations, f"{kind}_slope")(y)
    assert [elementwise.find_value(kind, z, fmt) for z in points] == y.tolist()
    assert [elementwise.find_slope(kind, z, v, fmt) for z, v in zip(points, y.tolist(), strict=True)] == slopes.tolist()


def list_program_pieces(places: tuple[int, int], samples: int, kind: Any) -> list[list[int]]:  # noqa: ANN401 - of the program
    """Return the rows of the program's pieces."""
    (height, width), cut = places, cut_rows(places, samples, kind)
    blocks = [(y, min(y + cut.rows, height), *ends) for y in range(0, height, cut.rows) for ends in cut.columns]
    pieces = [
        [(y * width + x) * samples + i for y in range(top, bottom) for x in range(left, right) for i in range(*ends)]
        for top, bottom, left, right in blocks
        for ends in cut.samples
    ]
    assert max(map(len, pieces)) == cut.longest <= max(kind.rows, samples)
    return pieces


@pytest.mark.parametrize("samples", [1, 2, 7, 60, 100, 256, 257, 600, 2049])
@pytest.mark.parametrize("places", [(1, 1), (3, 4), (5, 1), (2, 65), (11, 13), (1, 300)])
def test_pieces_of_images_agree_with_the_program(places: tuple[int, int], samples: int) -> None:
    """They decide the size of addends, in f64 also the order of sums: too little for the digests of small runs."""
    pairs = ((F32.fast, program_formats.F32, False), (F32.accurate, program_formats.F32, True))
    for own, fmt, accurate in (*pairs, (F64.fast, program_formats.F64, False)):
        kind = program_formats.find_kind(fmt, accurate=accurate)
        assert convolution.list_pieces(places, samples, own) == list_program_pieces(places, samples, kind)


def change_terms(patch: pytest.MonkeyPatch, name: str) -> None:
    """Keep two coefficients of each row of a table."""
    changed = {code: table._replace(terms=2) for code, table in tables.TABLES[name].items()}
    patch.setattr(tables, "TABLES", tables.TABLES | {name: changed})
    patch.setattr(tables, "find_row", cache(tables.find_row.__wrapped__))


def change_sigmoid(patch: pytest.MonkeyPatch) -> None:
    """Compute the logistic function from the exponential of -x."""
    patch.setattr(
        elementwise,
        "find_value",
        lambda _, x, fmt: fmt.round_one(1.0 / fmt.round_one(1.0 + functions.exp(-x, fmt))),
    )


def change_kept(patch: pytest.MonkeyPatch) -> None:
    """Draw for places in the data from 1."""
    list_factors = elementwise.Dropout._list_factors
    patch.setattr(
        elementwise.Dropout,
        "_list_factors",
        lambda self, sample, size, key: list_factors(self, sample + 1, size, key),
    )


def change_mode(patch: pytest.MonkeyPatch) -> None:
    """Take the moments of the batch for predictions, too."""
    patch.setattr(normalisation.BatchNorm, "find_moments", normalisation.Norm.find_moments)


def change_mean(patch: pytest.MonkeyPatch) -> None:
    """Add columns as they are, without rounding them first."""
    patch.setattr(normalisation, "average_column", lambda values: sum(values) / len(values))


def change_sum(patch: pytest.MonkeyPatch) -> None:
    """Never round columns to a finer unit than 2**-10."""
    patch.setattr(columns, "_CAP", -40)


def change_rare(patch: pytest.MonkeyPatch) -> None:
    """Round the addends of all tokens to the bits of a bias."""
    round_columns = weights.round_columns
    patch.setattr(sequences, "round_columns", lambda rows, bits, cap: round_columns(rows, bits - 8, cap))


def change_table(patch: pytest.MonkeyPatch) -> None:
    """Draw tables as they are used, not transposed."""

    def reshape(tensor: Tensor) -> Tensor:
        tensor.shape.reverse()
        return tensor

    patch.setattr(build, "transpose", reshape)


def change_joint(patch: pytest.MonkeyPatch) -> None:
    """Leave out the gradient that passes by the inner layers."""
    patch.setattr(residual.Residual, "backward", pass_through)


def pass_through(layer: residual.Residual, dy: Any, batch: Any) -> Any:  # noqa: ANN401 - as the layer's
    """Return the gradient by way of the inner layers only."""
    found = []
    for inner in reversed(layer.inner):
        dy, own = inner.backward(dy, batch)
        found.append(own)
    return dy, [gradient for own in reversed(found) for gradient in own]


def change_kind(patch: pytest.MonkeyPatch) -> None:
    """Make products of heads with fewer bits."""
    multiply, short = attention.multiply, dataclasses.replace(F32.accurate, left_bits=20)
    less = dataclasses.replace(F32, accurate=short)
    patch.setattr(attention, "multiply", lambda a, b, _, factor=1.0: multiply(a, b, less, factor))


def change_exponential(patch: pytest.MonkeyPatch) -> None:
    """Take the exponentials of f32."""
    patch.setattr(attention, "F64", F32)


def change_unit(patch: pytest.MonkeyPatch) -> None:
    """Round what each window sees to a unit of its own."""
    round_all = convolution.Conv2d._round

    def round_each(self: convolution.Conv2d, x: Any, bits: int) -> Any:  # noqa: ANN401 - as the layer's
        return round_all(self, x, bits - 1)

    patch.setattr(convolution.Conv2d, "_round", round_each)


def change_order(patch: pytest.MonkeyPatch) -> None:
    """Add the gradients of several windows in another order."""
    patch.setattr(
        pooling.AveragePool,
        "list_offsets",
        lambda self: sorted(self.window.list_offsets(), key=lambda o: (o[1], -o[0])),
    )


def change_order_of_largest(patch: pytest.MonkeyPatch) -> None:
    """Add what several windows give to a largest value the other way round."""
    patch.setattr(pooling.MaxPool, "list_offsets", lambda self: self.window.list_offsets())


def change_ties(patch: pytest.MonkeyPatch) -> None:
    """Give the gradient to every largest value."""
    patch.setattr(pooling.MaxPool, "give", lambda self, sample, place, number, d: d if number == 0 else None)  # noqa: ARG005


Control = tuple["Callable[[pytest.MonkeyPatch], None]", str]
CONTROLS: dict[str, Control] = {
    "tanh": (lambda patch: change_terms(patch, "tanh"), "final_weights"),
    "tanh, f64": (lambda patch: change_terms(patch, "tanh"), "final_weights"),
    "gelu": (lambda patch: change_terms(patch, "normal"), "final_weights"),
    "gelu, f64": (lambda patch: change_terms(patch, "gelu'"), "final_weights"),
    "sigmoid": (change_sigmoid, "final_weights"),
    "dropout": (change_kept, "final_weights"),
    "layer normalisation, f64": (change_mean, "final_weights"),
    "layer normalisation of positions": (change_sum, "final_weights"),
    "batch normalisation": (change_mode, "predictions"),
    "batch normalisation of images, f64": (change_mean, "final_weights"),
    "embedding of bytes": (change_rare, "final_weights"),
    "embedding of whole numbers": (change_table, "initial_weights"),
    "mean over positions": (change_sum, "final_weights"),
    "residual connection": (change_joint, "final_weights"),
    "convolutions": (change_unit, "final_weights"),
    "sums of windows": (change_order, "final_weights"),
    "sums of largest values": (change_order_of_largest, "final_weights"),
    "pooling": (change_ties, "final_weights"),
    "attention": (change_kind, "final_weights"),
    "attention of one head to earlier positions, f64": (change_exponential, "final_weights"),
}


@pytest.mark.slow
@pytest.mark.parametrize("variation", CONTROLS)
def test_another_rule_gives_another_digest(variation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: an oracle that breaks one rule of the page has other digests."""
    replace, stage = CONTROLS[variation]
    expected = run_oracle(variation)[stage]
    replace(monkeypatch)
    assert train(LAYERS[variation].settings, data=LAYERS[variation].data)[stage] != expected


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_networks_at_random_have_the_digests_of_the_oracle(seed: int) -> None:
    """Any layers in any order, batches in one to three parts, all products checked; or both find a number too large."""
    variation = draw_network(seed)
    try:
        expected = train(variation.settings, data=variation.data)
    except (ValueError, OverflowError):
        with pytest.raises(NonFiniteError):
            run_program(variation)
        return
    assert run_program(variation, micro_batches=1 + seed % 3, check="all") == expected
