"""Networks: gradients that are right, steps that do not depend on layout, failures that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.layers.builder import Builder
from appliance.layers.dense import PortableDense
from appliance.layers.layer import InputSpec, Layer
from appliance.numerics.formats import FORMATS, find_kind
from appliance.numerics.operations import PORTABLE
from appliance.optimizers import find_rate, make_optimizer
from appliance.training.diagnosis import find_failure
from appliance.training.trainer import Samples
from support.networks import make_batch, make_config, make_trainer, measure_loss, train_digest
from verify.digests import digest_arrays
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Bytes = NDArray[np.uint8]


@pytest.mark.parametrize("name", ["dense_1.weight", "dense_2.weight", "dense_3.weight", "dense_1.bias", "dense_3.bias"])
def test_gradients_agree_with_finite_differences(name: str) -> None:
    """One plain step of rate 1 moves a parameter by minus the slope of the loss."""
    pixels, labels = make_batch()
    plain, portable = make_trainer(make_config(), portable=False), make_trainer(make_config(), portable=True)
    before = {key: value.copy() for key, value in portable.network.parameters().items()}
    portable.reset_bounds()
    portable.step(Samples(pixels, labels), 1.0)
    moved = before[name] - portable.network.parameters()[name]
    place = np.unravel_index(int(np.argmax(np.abs(moved))), moved.shape)
    parameter, step = plain.network.parameters()[name], 1e-5
    parameter[place] += step
    above = measure_loss(plain, pixels, labels)
    parameter[place] -= 2 * step
    below = measure_loss(plain, pixels, labels)
    assert moved[place] == pytest.approx((above - below) / (2 * step), rel=1e-4)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_portable_f64_follows_native_f64(optimizer: str) -> None:
    """Six steps of every rule end within a hundred-thousandth of plain float64."""
    ends = []
    for portable in (True, False):
        trainer = make_trainer(make_config(name=optimizer, learning_rate=0.01), portable=portable)
        trainer.reset_bounds()
        for step in range(6):
            trainer.step(Samples(*make_batch(seed=step)), 0.01)
        ends.append(trainer.network.parameters())
    for name, value in ends[0].items():
        np.testing.assert_allclose(value, ends[1][name], rtol=0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_order_inside_products_does_not_reach_the_weights(precision: str, optimizer: str) -> None:
    """Reversing every inner dimension, as another BLAS might, leaves training alone to the bit."""
    config = make_config(layers=(784, 300, 10), precision=precision, name=optimizer)
    plain = train_digest(config)
    real = np.matmul

    def reverse(a: Floats, b: Floats, out: Floats) -> Floats:
        return real(np.ascontiguousarray(a[:, ::-1]), np.ascontiguousarray(b[::-1]), out=out)

    assert train_digest(config, operations={**PORTABLE, "matmul": reverse}) == plain


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_signs_of_zeros_do_not_reach_the_weights(precision: str, optimizer: str) -> None:
    """A BLAS that gives -0 wherever it may leaves training alone to the bit."""
    config, real = make_config(precision=precision, name=optimizer), np.matmul
    plain = train_digest(config)

    def negate_zeros(a: Floats, b: Floats, out: Floats) -> Floats:
        real(a, b, out=out)
        out[out == 0.0] = -0.0
        return out

    assert train_digest(config, operations={**PORTABLE, "matmul": negate_zeros}) == plain


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_a_product_that_rounds_reaches_the_weights(precision: str) -> None:
    """Negative control: an error of 2**-20 in one entry of every product changes the digest."""
    config = make_config(precision=precision)
    plain = train_digest(config)
    real = np.matmul

    def nudge(a: Floats, b: Floats, out: Floats) -> Floats:
        real(a, b, out=out)
        out.flat[-1] *= out.dtype.type(1 + 2.0**-20)
        return out

    assert train_digest(config, operations={**PORTABLE, "matmul": nudge}) != plain


@pytest.mark.parametrize("block", [1 << 10, 1 << 14])
def test_blocking_does_not_reach_the_weights(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Updating weights in blocks of another size leaves training alone to the bit."""
    config = make_config(precision="f32", name="adam")
    plain = train_digest(config)
    monkeypatch.setattr("appliance.layers.product_terms._BLOCK_ENTRIES", block)
    assert train_digest(config) == plain


@pytest.mark.parametrize("size", [1, 3, 265, 600])
def test_batches_of_any_size_train(size: int) -> None:
    """One sample, odd sizes and batches longer than a chunk all take finite steps that lower the loss."""
    pixels, labels = make_batch(size)
    trainer = make_trainer(make_config(precision="f32"), portable=True)
    before = measure_loss(trainer, pixels, labels)
    for _ in range(5):
        trainer.step(Samples(pixels, labels), 0.1)
    trainer.reset_bounds()
    assert measure_loss(trainer, pixels, labels) < before


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_a_prediction_does_not_depend_on_its_batch(precision: str) -> None:
    """Alone, in another order or among others, a sample has the same logits."""
    trainer = make_trainer(make_config(layers=(784, 300, 40, 10), precision=precision), portable=True)
    trainer.step(Samples(*make_batch()), 0.1)
    trainer.reset_bounds()
    pixels, _ = make_batch(20, seed=9)
    together = trainer.forward.predict(pixels)
    alone = np.concatenate([trainer.forward.predict(pixels[i : i + 1]) for i in range(20)])
    assert alone.tobytes() == together.tobytes()
    assert trainer.forward.predict(pixels[::-1])[::-1].tobytes() == together.tobytes()


def test_a_native_prediction_depends_on_its_batch() -> None:
    """Negative control: plain NumPy answers the same sample differently alone and among others."""
    trainer = make_trainer(make_config(layers=(784, 300, 40, 10), precision="f32"), portable=False)
    pixels, _ = make_batch(20, seed=9)
    alone = np.concatenate([trainer.forward.predict(pixels[i : i + 1]) for i in range(20)])
    assert alone.tobytes() != trainer.forward.predict(pixels).tobytes()


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("name", ["dense_1.weight", "dense_2.bias"])
def test_a_value_that_is_not_finite_stops_the_step_and_is_named(precision: str, name: str) -> None:
    """A NaN in a parameter raises at once and the tensor is found."""
    trainer = make_trainer(make_config(precision=precision))
    trainer.network.parameters()[name].flat[0] = np.nan
    pixels, labels = make_batch()
    with pytest.raises(NonFiniteError), trainer.select_columns(None):
        trainer.step(Samples(pixels, labels), 0.1)
    assert find_failure(trainer, pixels, labels) == name


def test_a_gradient_that_is_not_finite_is_named() -> None:
    """Finite outputs with a weight beyond the grids are reported as that weight; a broken operation by its stage."""
    trainer, (pixels, labels) = make_trainer(make_config(precision="f32")), make_batch()
    trainer.network.parameters()["dense_3.weight"].flat[0] = 2.0**60
    assert find_failure(trainer, pixels, labels) == "dense_3.weight"


def make_builder(seed: int) -> Builder:
    """Return a builder that only draws."""

    def build(*arguments: object) -> tuple[Layer, InputSpec]:
        raise AssertionError(arguments)

    return Builder(fmt=FORMATS["f64"], seed=seed, portable=True, accurate=False, build=build)


def test_initial_weights_do_not_depend_on_other_layers() -> None:
    """A layer's start is keyed by seed and number and lies within the He bound."""
    found = make_trainer(make_config(layers=(784, 12, 10, 10))).network.parameters()
    builder, other = make_builder(seed=3), make_builder(seed=4)
    first, other_first = builder.draw_weight(784, 12), other.draw_weight(784, 12)
    builder.make_zeros(12)
    second = builder.draw_weight(12, 10)
    assert first.tobytes() == found["dense_1.weight"].tobytes()
    assert second.tobytes() == found["dense_2.weight"].tobytes()
    assert np.abs(second).max() <= np.sqrt(6 / 12)
    assert first.tobytes() != other_first.tobytes()


def test_optimizers_follow_their_published_rules() -> None:
    """Three scalar steps of momentum and Adam agree with the formulas in plain float64."""
    fmt, gradients, rate = FORMATS["f64"], [0.5, -0.25, 1.0], 0.1
    for name in ("momentum", "adam"):
        config = make_config(name=name).optimizer
        rule, w = make_optimizer(config, fmt, portable=True), np.array([1.0])
        slot, v, m, s, expected = None, 0.0, 0.0, 0.0, 1.0
        slot = rule.make_slot(w)
        for t, g in enumerate(gradients, start=1):
            rule.start_step(rate)
            rule.update(w, np.array([g]), slot.arrays)
            if name == "momentum":
                v = 0.9 * v + g
                expected -= rate * v
            else:
                m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
                expected -= rate * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        assert w[0] == pytest.approx(expected, rel=1e-12)


def test_velocity_that_decays_leaves_no_subnormal_numbers() -> None:
    """A float32 velocity without gradient sinks to a few units of the flushing grid and never below normal numbers."""
    config = make_config(name="momentum", precision="f32").optimizer
    rule, w = make_optimizer(config, FORMATS["f32"], portable=True), np.zeros(2, np.float32)
    slot = rule.make_slot(w)
    slot.arrays[0][:] = [1.0, -1.0]
    rule.start_step(1e-30)
    for _ in range(3000):
        rule.update(w, np.zeros(2, np.float32), slot.arrays)
        velocity = slot.arrays[0]
        assert ((velocity == 0) | (np.abs(velocity) >= np.finfo(np.float32).tiny)).all()
    assert 0 < np.abs(velocity).max() < 2.0**-115


def test_schedules_give_their_rates() -> None:
    """Constant, stepped and linear schedules by epoch; a linear one multiplies before it divides."""
    step = make_config(schedule="step", step_epochs=2, step_factor=0.5).optimizer
    linear = make_config(schedule="linear").optimizer
    assert [find_rate(step, epoch, 5) for epoch in range(1, 6)] == [0.1, 0.1, 0.05, 0.05, 0.025]
    assert [find_rate(linear, epoch, 4) for epoch in range(1, 5)] == pytest.approx([0.1, 0.075, 0.05, 0.025])
    assert [find_rate(linear, epoch, 3) for epoch in range(1, 4)] == [0.1 * 3 / 3, 0.1 * 2 / 3, 0.1 / 3]
    assert find_rate(make_config().optimizer, 9, 9) == 0.1


@pytest.mark.parametrize("shape", [(1, 264), (2, 512), (16, 1024), (512, 16), (1024, 1024), (128, 10)])
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_gradients_keep_their_bits_in_layers_of_any_shape(shape: tuple[int, int], precision: str) -> None:
    """For layers of any width, the gradient that is passed down has at least the bits of a left operand."""
    fmt = FORMATS[precision]
    for accurate in (False, True):
        kind = find_kind(fmt, accurate=accurate)
        layer = PortableDense(
            "x", np.zeros(shape, fmt.dtype), np.zeros(shape[1], fmt.dtype), fmt, kind, InputSpec(shape=shape[:1])
        )
        assert kind.left_bits <= layer._gradient_bits <= kind.most_bits
        assert layer._weight._grid.limit >= 2**7


def test_gradients_pass_through_a_bottleneck() -> None:
    """A single unit before a wide layer passes a gradient down that is close to plain float32's."""
    moved = []
    for portable in (True, False):
        trainer = make_trainer(make_config(layers=(784, 1, 264, 10), precision="f32"), portable=portable)
        before = trainer.network.parameters()["dense_1.weight"].copy()
        with trainer.select_columns(None):
            trainer.step(Samples(*make_batch()), 1.0)
        moved.append(trainer.network.parameters()["dense_1.weight"] - before)
    assert np.abs(moved[1]).max() > 0
    assert np.abs(moved[0] - moved[1]).max() <= 0.05 * np.abs(moved[1]).max()


def test_size_of_update_blocks_reaches_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are rounded block by block right after their update equal weights that are rounded at their use."""
    digests = []
    for entries in (1 << 17, 1000, 1):
        monkeypatch.setattr("appliance.layers.product_terms._BLOCK_ENTRIES", entries)
        digests.append(train_digest(make_config(precision="f32"), batches=30))
    assert len(set(digests)) == 1


def test_rounding_that_is_kept_too_long_changes_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the law above fails when a grid that is too fine is used further."""
    right = train_digest(make_config(precision="f32"), batches=30)
    monkeypatch.setattr("appliance.numerics.carried.CarriedGrid.holds", property(lambda grid: grid._bound < 1e30))
    assert train_digest(make_config(precision="f32"), batches=30) != right


def test_a_step_planned_before_is_the_step_taken_at_once() -> None:
    """Steps of several sizes, each planned once, give the weights of networks that plan every step again."""
    ends = []
    for forgetful in (False, True):
        trainer = make_trainer(make_config(precision="f32", name="adam"), portable=True)
        trainer.reset_bounds()
        for step, size in enumerate((16, 5, 16, 16, 5, 1)):
            if forgetful:
                trainer.drop_plans()
            trainer.step(Samples(*make_batch(size, seed=step)), 0.01)
        ends.append(digest_arrays(trainer.network.parameters()))
    assert ends[0] == ends[1]


def test_lost_parameters_and_states_are_found() -> None:
    """An infinite bias or moment is named, and a healthy network has none."""
    trainer = make_trainer(make_config(name="adam"), portable=True)
    assert trainer.find_non_finite() is None
    trainer._list_slots()["dense_2.weight"].arrays[1][0, 0] = np.inf
    assert trainer.find_non_finite() == "dense_2.weight.square"
    trainer.network.parameters()["dense_3.bias"][2] = -np.inf
    assert trainer.find_non_finite() == "dense_3.bias"
