"""Gradients and values of every loss: finite differences, PyTorch where it is installed, extreme outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

from appliance.layers.layer import Signal
from appliance.losses import Labels, make_loss
from appliance.numerics.formats import FORMATS
from appliance.numerics.operations import NATIVE, PORTABLE
from appliance.numerics.plans import Plan
from appliance.streams import draw_uniform

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from appliance.config.schema import LossName
    from appliance.losses import Loss

    Array = NDArray[Any]


class Case(NamedTuple):
    """A loss with what its labels are, and how many outputs there are."""

    name: LossName
    labels: Labels
    outputs: int


CASES = {
    "classes": Case("cross-entropy", Labels(7), 7),
    "many classes": Case("cross-entropy", Labels(600), 600),
    "one target": Case("mean-squared-error", Labels(0, 1), 1),
    "targets": Case("mean-squared-error", Labels(0, 5), 5),
    "two classes": Case("binary-cross-entropy", Labels(2), 1),
    "answers": Case("binary-cross-entropy", Labels(0, 4), 4),
}


def draw(count: int, *shape: int, size: float = 6.0) -> Array:
    """Return numbers from -size / 2 to size / 2."""
    return (draw_uniform(int(np.prod(shape)), 1, "losses", count).reshape(shape) - 0.5) * size


def make_targets(case: Case, rows: int) -> Array:
    """Return labels as a data set has them."""
    if not case.labels.targets:
        kind = np.uint8 if case.labels.classes <= 256 else np.int32
        return (draw_uniform(rows, 2, "labels") * case.labels.classes).astype(kind)
    targets = draw(3, rows, case.labels.targets).astype(np.float32)
    return (targets > 0).astype(np.float32) if case.name == "binary-cross-entropy" else targets


def make(case: Case, precision: str = "f64", *, portable: bool = True) -> Loss:
    """Return the loss of a case."""
    return make_loss(case.name, case.labels, FORMATS[precision], portable=portable)


def run(loss: Loss, outputs: Array, targets: Array, *, portable: bool = True) -> tuple[Array, tuple[Array, ...]]:
    """Return the gradient of the sum over samples, and the terms."""
    plan = Plan(PORTABLE if portable else NATIVE)
    planned = loss.plan(Signal(outputs), plan)
    np.copyto(planned.targets, targets)
    plan.run()
    assert len(planned.terms) == loss.term_count
    return np.array(planned.gradient.values), tuple(np.array(terms) for terms in planned.terms)


def for_each(function: Callable[..., None]) -> Callable[..., None]:
    """Run a test for every loss in both arithmetics."""
    both = pytest.mark.parametrize("portable", [True, False], ids=["portable", "native"])
    marked: Callable[..., None] = pytest.mark.parametrize("name", CASES)(both(function))
    return marked


@for_each
def test_gradients_are_finite_differences_of_the_mean(name: str, portable: bool) -> None:
    """The gradient, divided by the number of samples, is the slope of `evaluate` at every output, in float64."""
    case, rows, step = CASES[name], 3, 2.0**-12
    loss, outputs, targets = make(case, portable=portable), draw(1, 3, case.outputs), make_targets(case, 3)
    gradient, _ = run(loss, outputs, targets, portable=portable)
    for place in list(np.ndindex(outputs.shape))[:40]:
        above, below = np.array(outputs), np.array(outputs)
        above[place] += step
        below[place] -= step
        slope = (loss.evaluate(above, targets) - loss.evaluate(below, targets)) / (2 * step)
        assert gradient[place] / rows == pytest.approx(slope, abs=2e-8)


@for_each
def test_the_mean_of_the_terms_is_the_evaluated_loss(name: str, portable: bool) -> None:
    """`average` of a step's terms is `evaluate` of its outputs: bit for bit in portable arithmetic."""
    case = CASES[name]
    for precision in ("f32", "f64"):
        loss = make(case, precision, portable=portable)
        outputs, targets = draw(4, 9, case.outputs).astype(FORMATS[precision].dtype), make_targets(case, 9)
        mean = loss.average(tuple(x.astype(np.float64) for x in run(loss, outputs, targets, portable=portable)[1]))
        assert mean == (loss.evaluate(outputs, targets) if portable else pytest.approx(loss.evaluate(outputs, targets)))


@for_each
def test_autograd_agrees(name: str, portable: bool) -> None:
    """Values and gradients are those of PyTorch, in float64 to a few roundings and in float32 to its precision."""
    torch = pytest.importorskip("torch")
    case = CASES[name]
    rules = {
        "cross-entropy": torch.nn.functional.cross_entropy,
        "mean-squared-error": torch.nn.functional.mse_loss,
        "binary-cross-entropy": torch.nn.functional.binary_cross_entropy_with_logits,
    }
    targets = make_targets(case, 11)
    for precision, error in (("f32", 2e-6), ("f64", 1e-13)):
        outputs = draw(5, 11, case.outputs).astype(FORMATS[precision].dtype)
        loss = make(case, precision, portable=portable)
        gradient, _ = run(loss, outputs, targets, portable=portable)
        theirs = torch.tensor(outputs, dtype=torch.float64, requires_grad=True)
        if case.name == "cross-entropy":
            expected = torch.tensor(targets.astype(np.int64))
        else:
            expected = torch.tensor(targets.astype(np.float64).reshape(outputs.shape))
        value = rules[case.name](theirs, expected)
        value.backward()
        assert loss.evaluate(outputs, targets) == pytest.approx(value.item(), rel=error)
        assert np.abs(gradient / 11 - theirs.grad.numpy()).max() < error


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_no_bit_depends_on_the_order_or_the_split_of_a_batch(name: str, precision: str) -> None:
    """Gradients and terms of a sample are the same in any batch, and the mean is the same in any order."""
    case = CASES[name]
    loss, targets = make(case, precision), make_targets(case, 23)
    outputs = draw(6, 23, case.outputs, size=40.0).astype(FORMATS[precision].dtype)
    gradient, terms = run(loss, outputs, targets)
    order = np.argsort(draw_uniform(23, 3, "order"), kind="stable")
    for part in (order[:1], order[1:9], order[9:]):
        found, parts = run(loss, np.asfortranarray(outputs[part]), targets[part])
        assert found.tobytes() == gradient[part].tobytes()
        assert [x.tobytes() for x in parts] == [x[part].tobytes() for x in terms]
    assert loss.average(tuple(x[order] for x in terms)) == loss.average(terms)


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_large_logits_have_finite_losses(precision: str) -> None:
    """Sure and right costs nothing, sure and wrong costs the logit; no number is subnormal or -0 or lost."""
    dtype = FORMATS[precision].dtype
    loss = make_loss("binary-cross-entropy", Labels(0, 2), FORMATS[precision], portable=True)
    outputs = np.array([[1e4, -1e4], [-1e4, 1e4], [-200.0, 200.0], [0.0, 0.0]], dtype=dtype)
    targets = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=np.float32)
    gradient, (terms,) = run(loss, outputs, targets)
    assert terms[:3] == pytest.approx([0.0, 2e4, 0.0], abs=1e-80)
    assert terms[3] == pytest.approx(2 * np.log(2.0))
    assert gradient[1].tolist() == [-0.5, 0.5]
    assert gradient[3].tolist() == [0.25, -0.25]
    assert ((gradient == 0) | (np.abs(gradient) >= np.finfo(dtype).tiny)).all()


def test_many_classes_keep_their_small_probabilities() -> None:
    """A float32 softmax of 30,000 classes has probabilities within a few ulp; with sums in float32 it would not."""
    logits = draw(7, 4, 30_000, size=12.0).astype(np.float32)
    gradient, _ = run(make(Case("cross-entropy", Labels(30_000), 30_000), "f32"), logits, np.zeros(4, np.int32))
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    expected = shifted / shifted.sum(axis=1, keepdims=True)
    assert np.abs(gradient[:, 1:] / expected[:, 1:] - 1.0).max() < 1e-6


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", CASES)
def test_values_that_are_not_finite_reach_a_term(name: str, value: float) -> None:
    """They are found by the check of an epoch's terms, if no gradient has stopped the run before."""
    case = CASES[name]
    outputs, targets = draw(8, 3, case.outputs), make_targets(case, 3)
    outputs[1, 0] = value
    targets[1] = 0 if value > 0 and case.name == "binary-cross-entropy" else 1
    if case.name == "cross-entropy" and value < 0:
        targets[1] = 0
    with np.errstate(all="ignore"):
        gradient, terms = run(make(case), outputs, targets)
    found = [bool(np.isfinite(x[1]).all()) for x in (*terms, gradient)]
    assert not all(found)
    assert all(bool(np.isfinite(x[[0, 2]]).all()) for x in (*terms, gradient))
