"""Convolution, pooling and flattening: gradients, and that neither order nor split of a batch changes a bit."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config.activation_layers import ReluConfig
from appliance.config.image_layers import AveragePoolConfig, Conv2dConfig, FlattenConfig, MaxPoolConfig
from appliance.config.layers import DenseConfig
from appliance.errors import ConfigurationError
from appliance.layers import patches
from support.layer_probes import Probe, find_slopes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.layer_settings import LayerSettings
    from support.layer_probes import Passed

    Floats = NDArray[np.floating[Any]]

LAYERS: dict[str, tuple[LayerSettings, tuple[int, ...]]] = {
    "conv": (Conv2dConfig(channels=3, kernel=3), (2, 5, 6)),
    "conv padded": (Conv2dConfig(channels=3, kernel=(3, 2), padding=(1, 2)), (2, 4, 5)),
    "conv strided": (Conv2dConfig(channels=2, kernel=(2, 3), stride=(2, 1), padding=1), (3, 6, 5)),
    "conv apart": (Conv2dConfig(channels=2, kernel=2, stride=3), (1, 7, 8)),
    "conv accurate": (Conv2dConfig(channels=3, kernel=3, padding=1, product="accurate"), (2, 4, 4)),
    "conv of one channel": (Conv2dConfig(channels=2, kernel=3), (5, 5)),
    "max": (MaxPoolConfig(kernel=2), (2, 4, 6)),
    "max with a rest": (MaxPoolConfig(kernel=2), (2, 5, 7)),
    "max overlapping": (MaxPoolConfig(kernel=3, stride=2), (2, 7, 6)),
    "max apart": (MaxPoolConfig(kernel=(2, 1), stride=(3, 2)), (2, 7, 6)),
    "max of one": (MaxPoolConfig(kernel=1), (2, 3, 3)),
    "average": (AveragePoolConfig(kernel=2), (2, 4, 6)),
    "average overlapping": (AveragePoolConfig(kernel=3, stride=1), (2, 5, 5)),
    "average of all": (AveragePoolConfig(), (3, 5, 4)),
    "flatten": (FlattenConfig(), (2, 3, 4)),
}
NETWORK = [
    Conv2dConfig(channels=5, kernel=3, padding=1),
    ReluConfig(),
    MaxPoolConfig(kernel=2),
    Conv2dConfig(channels=7, kernel=3, stride=2, padding=1),
    ReluConfig(),
    AveragePoolConfig(kernel=2, stride=1),
    FlattenConfig(),
    DenseConfig(units=4),
]


def draw(*shape: int, seed: int = 1) -> Floats:
    """Return normal numbers that no two windows have in common."""
    return np.random.default_rng(seed).normal(size=shape)


def is_equal(a: Passed, b: Passed) -> bool:
    """Return whether two passes gave the same bits."""
    if not np.array_equal(a.outputs, b.outputs) or not np.array_equal(a.input_gradient, b.input_gradient):
        return False
    return a.gradients.keys() == b.gradients.keys() and all(
        np.array_equal(gradient, b.gradients[name]) for name, gradient in a.gradients.items()
    )


@pytest.mark.parametrize("name", LAYERS)
def test_native_gradients_agree_with_finite_differences(name: str) -> None:
    """The gradients of the input and of every parameter are the slopes of a weighted sum of the outputs."""
    settings, shape = LAYERS[name]
    probe, x = Probe([settings], shape, portable=False), draw(3, *shape)
    dy = draw(3, *probe.output.shape, seed=2)
    found = probe.run(x, dy)
    assert found.input_gradient == pytest.approx(find_slopes(probe, x, dy, x), rel=1e-6, abs=1e-8)
    for parameter, array in probe.parameters().items():
        slopes = find_slopes(probe, x, dy, array)
        assert found.gradients[parameter] == pytest.approx(slopes, rel=1e-6, abs=1e-8), parameter


@pytest.mark.parametrize(("precision", "error"), [("f64", 2.0**-18), ("f32", 2.0**-4)])
@pytest.mark.parametrize("name", LAYERS)
def test_portable_passes_agree_with_native_ones(name: str, precision: str, error: float) -> None:
    """Outputs and gradients differ by what rounding the operands to some bits explains."""
    settings, shape = LAYERS[name]
    probe, native = Probe([settings], shape, precision=precision), Probe([settings], shape, portable=False)
    for parameter, array in native.parameters().items():
        np.copyto(array, probe.parameters()[parameter])
    x = draw(4, *shape).astype(np.float32)
    dy = draw(4, *probe.output.shape, seed=2).astype(np.float32)
    found, expected = probe.run(x, dy), native.run(x, dy)
    pairs = [(found.outputs, expected.outputs), (found.input_gradient, expected.input_gradient)]
    pairs += [(gradient, expected.gradients[parameter]) for parameter, gradient in found.gradients.items()]
    for one, other in pairs:
        assert np.abs(one - other).max() <= error * np.abs(other).max()


def find_case(name: str) -> tuple[list[LayerSettings], tuple[int, ...]]:
    """Return layers and the shape of their input."""
    return (NETWORK, (1, 8, 9)) if name == "network" else ([LAYERS[name][0]], LAYERS[name][1])


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", [*LAYERS, "network"])
def test_neither_split_nor_order_of_a_batch_changes_a_bit(name: str, precision: str) -> None:
    """A batch in parts, and with its samples in another order, gives the same outputs and gradients."""
    settings, shape = find_case(name)
    probe = Probe(settings, shape, precision=precision)
    x = draw(7, *shape)
    x[3] *= 2.0**-9  # samples of different sizes
    dy = draw(7, *probe.output.shape, seed=2)
    whole = probe.run(x, dy, scale=0.25)
    for bounds in ([(0, 7)], [(0, 3), (3, 7)], [(0, 1), (1, 5), (5, 7)], [(n, n + 1) for n in range(7)]):
        assert is_equal(probe.run_in_parts(x, dy, bounds, scale=0.25), whole), bounds
    order = np.array([4, 2, 6, 0, 1, 5, 3])
    other = probe.run(x[order], dy[order], scale=0.25)
    assert is_equal(other, whole._replace(outputs=whole.outputs[order], input_gradient=whole.input_gradient[order]))
    other = probe.run(x[order], dy, scale=0.25)
    assert not is_equal(other, whole)


@pytest.mark.parametrize(("precision", "product"), [("f32", "fast"), ("f32", "accurate"), ("f64", "")])
@pytest.mark.parametrize(("samples", "side", "parts"), [(300, 5, 3), (5000, 2, 2)])
def test_pieces_of_large_batches_do_not_depend_on_parts(
    precision: str, product: str, samples: int, side: int, parts: int
) -> None:
    """Batches of more samples than a piece has rows are cut in the same places, in any number of parts."""
    conv = Conv2dConfig(channels=2, kernel=2, padding=1, product=product)
    probe = Probe([conv], (1, side, side), precision=precision)
    # All of one sign, so that sums of pieces are rounded.
    x, dy = np.abs(draw(samples, 1, side, side)), np.abs(draw(samples, *probe.output.shape, seed=2))
    cuts = [samples * part // parts for part in range(parts + 1)]
    whole = probe.run(x, dy)
    assert is_equal(probe.run_in_parts(x, dy, list(pairwise(cuts))), whole)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("data", [False, True])
def test_no_bit_depends_on_the_blocks_of_output_rows(
    precision: str, data: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One output row at a time, some, or all of them at once."""
    conv = Conv2dConfig(channels=6, kernel=3, padding=1)
    probe = Probe([conv, Conv2dConfig(channels=3, kernel=5)], (2, 9, 7), precision=precision, data=data)
    x = np.random.default_rng(1).integers(0, 256, (11, 2, 9, 7)) if data else draw(11, 2, 9, 7)
    # All of one sign, so that sums of gradients are rounded.
    dy, found = np.abs(draw(11, *probe.output.shape, seed=2)), []
    for parameter in probe.parameters().values():
        np.abs(parameter, out=parameter)
    for size in (1, 1 << 14, 1 << 30):
        monkeypatch.setattr(patches, "_BLOCK_BYTES", size)
        found.append(probe.run(x, dy))
    assert is_equal(found[0], found[1])
    assert is_equal(found[0], found[2])


@pytest.mark.parametrize("portable", [True, False])
def test_bytes_are_read_in_any_of_both_shapes(portable: bool) -> None:
    """Data of shape (h, w) is data of shape (1, h, w), and a byte stands for byte / 256."""
    conv, pixels = Conv2dConfig(channels=2, kernel=3), np.random.default_rng(1).integers(0, 256, (4, 6, 6))
    flat, deep, plain = (
        Probe([conv, MaxPoolConfig(kernel=2)], shape, portable=portable, data=data)
        for shape, data in (((6, 6), True), ((1, 6, 6), True), ((1, 6, 6), False))
    )
    dy = draw(4, *flat.output.shape)
    one, other = flat.run(pixels, dy), deep.run(pixels[:, None], dy)
    assert not one.input_gradient.size
    assert is_equal(one, other)
    third = plain.run(pixels[:, None] / 256.0, dy)
    assert one.outputs == pytest.approx(third.outputs, rel=1e-5)
    assert one.gradients["conv2d_1.weight"] == pytest.approx(third.gradients["conv2d_1.weight"], rel=1e-4)


def test_the_first_of_equal_values_gets_the_gradient() -> None:
    """In row order; also where windows overlap."""
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 1, 2:] = 7.0
    probe = Probe([MaxPoolConfig(kernel=2)], (1, 2, 4))
    assert probe.run(x, np.array([[[[2.0, 3.0]]]])).input_gradient.tolist() == [[[[2.0, 0, 0, 0], [0, 0, 3.0, 0]]]]
    probe = Probe([MaxPoolConfig(kernel=2, stride=1)], (1, 2, 4))
    found = probe.run(x, np.array([[[[1.0, 2.0, 4.0]]]])).input_gradient
    assert found.tolist() == [[[[1.0, 0, 0, 0], [0, 0, 6.0, 0]]]]


@pytest.mark.parametrize("portable", [True, False])
def test_flatten_takes_channels_then_rows(portable: bool) -> None:
    """As PyTorch does, also behind a layer that lays images out in another way."""
    x = draw(3, 2, 4, 4)
    layers = [MaxPoolConfig(kernel=1), FlattenConfig()]
    for settings in (layers, layers[1:]):
        found = Probe(settings, (2, 4, 4), portable=portable).run(x, x.reshape(3, -1))
        assert np.array_equal(found.outputs, x.reshape(3, -1))
        assert np.array_equal(found.input_gradient, x)


@pytest.mark.parametrize("name", [*LAYERS, "network"])
def test_units_of_samples_go_through_all_layers(name: str) -> None:
    """A gradient with a unit for each sample gives the same as the plain one."""
    settings, shape = find_case(name)
    probe, x = Probe(settings, shape), draw(3, *shape)
    dy, units = draw(3, *probe.output.shape, seed=2), np.array([1.0, 0.25, 2.0**-20])
    units = units.reshape(3, *(1 for _ in probe.output.shape))
    assert is_equal(probe.run(x, dy / units, units=units), probe.run(x, dy))


@pytest.mark.parametrize(
    ("settings", "shape", "title"),
    [
        (Conv2dConfig(channels=1, kernel=3), (784,), "needs images"),
        (MaxPoolConfig(kernel=2), (1, 2, 3, 4), "needs images"),
        (Conv2dConfig(channels=1, kernel=6, padding=1), (3, 3), "larger than the image"),
        (AveragePoolConfig(kernel=(1, 5)), (4, 4), "larger than the image"),
    ],
)
def test_layers_that_do_not_fit_are_refused(settings: LayerSettings, shape: tuple[int, ...], title: str) -> None:
    """The error names the layer, and what would fit."""
    with pytest.raises(ConfigurationError, match=title) as caught:
        Probe([settings], shape)
    assert caught.value.where == f"{settings.tag}_1"
    assert caught.value.remedy
