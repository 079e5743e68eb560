"""Batch normalisation: running moments, images, a batch of one sample; layer normalisation of constant rows."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.config.norm_layers import BatchNormConfig
from appliance.layers.batch_norm import BatchNorm
from appliance.layers.layer import Batch, InputSpec, Signal
from appliance.numerics.formats import FORMATS
from appliance.numerics.plans import Plan
from appliance.streams import draw_permutation, draw_uniform
from support.small_layers import CASES, make_case_trainer, make_samples

_CASE = CASES["batch_norm"]


def make_images(precision: str, *, last: bool) -> np.ndarray:
    """Return images (6, 3, 4, 5), channels first in memory if not `last`."""
    values = (draw_uniform(6 * 3 * 4 * 5, 1, "images") * 3 + 1).astype(FORMATS[precision].dtype)
    images = values.reshape(6, 3, 4, 5)
    return images if last else np.ascontiguousarray(images.transpose(1, 0, 2, 3)).transpose(1, 0, 2, 3)


def run_layer(x: np.ndarray, precision: str, *, portable: bool = True) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the output of a training's forward pass of batch normalisation, and the buffers."""
    fmt = FORMATS[precision]
    layer = BatchNorm("batch_norm_1", fmt, BatchNormConfig(), InputSpec(shape=x.shape[1:]), portable=portable)
    zero = np.zeros((), dtype=np.int64)
    batch = Batch(
        rows=len(x), training=True, samples=np.zeros(len(x), np.int64), epoch=zero, scale=np.ones((), fmt.dtype)
    )
    plan = Plan()
    y = layer.forward(Signal(x), batch, plan)
    plan.run()
    return y.values, layer.buffers()


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_channels_of_images_have_mean_0_and_variance_1(precision: str) -> None:
    """Over samples, height and width; the layout in memory changes no bit, nor does the order of samples."""
    images = make_images(precision, last=True)
    found, buffers = run_layer(images, precision)
    np.testing.assert_allclose(found.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(found.var(axis=(0, 2, 3)), 1, atol=1e-4)
    np.testing.assert_allclose(buffers["running_mean"], images.mean(axis=(0, 2, 3)) * 0.1, rtol=1e-5)
    other, others = run_layer(make_images(precision, last=False), precision)
    assert np.array_equal(found, other)
    order = draw_permutation(6, 1, "order")
    permuted, moments = run_layer(images[order], precision)
    assert np.array_equal(found[order], permuted)
    for name, array in buffers.items():
        assert np.array_equal(array, others[name])
        assert np.array_equal(array, moments[name])


def test_a_batch_of_one_sample_has_the_variance_0() -> None:
    """The outputs are the bias, and the running variance is finite."""
    x = np.array([[3.0, -2.0]], dtype=np.float32)
    found, buffers = run_layer(x, "f32")
    assert found.tolist() == [[0.0, 0.0]]
    assert buffers["running_variance"].tolist() == [np.float32(0.9), np.float32(0.9)]


def test_running_moments_are_no_subnormal_numbers() -> None:
    """Not every machine keeps them, so a mean that decays becomes zero before."""
    trainer, samples = make_case_trainer(_CASE._replace(layers=_CASE.layers[1:]), "f32"), make_samples(_CASE)
    samples.features[...] = 0
    mean = trainer.network.arrays()["batch_norm_1.running_mean"]
    mean[...] = 2e-38
    trainer.step(samples, 0.1)
    assert not mean.any()


def test_running_moments_are_captured() -> None:
    """A captured state brings them back, and predictions with them."""
    trainer, samples = make_case_trainer(_CASE, "f32"), make_samples(_CASE)
    trainer.step(samples, 0.1)
    state, expected = trainer.capture(), trainer.forward.predict(samples.features)
    trainer.step(samples, 0.1)
    assert not np.array_equal(trainer.forward.predict(samples.features), expected)
    copy = make_case_trainer(_CASE, "f32")
    copy.restore(state)
    assert np.array_equal(copy.forward.predict(samples.features), expected)


def test_constant_rows_become_the_bias() -> None:
    """Layer normalisation of equal values: the variance is 0, epsilon is left."""
    case = CASES["layer_norm"]
    settings = {"kind": "layer_norm", "epsilon": 0.25}
    trainer = make_case_trainer(case._replace(layers=[settings, *case.layers[3:]]), "f32")
    forward = trainer.forward.plan(2)
    forward.run(np.array([[7.0] * 6, [1, -1, 1, -1, 1, -1]], dtype=np.float32))
    root = np.float32(1 / np.sqrt(1.25))
    assert forward.signals[1].values.tolist() == [[0.0] * 6, [root, -root] * 3]
