"""Parts of the program compared with the oracle's, on numbers and shapes that no configuration has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.layers.layer import Signal
from appliance.losses import Labels, make_loss
from appliance.losses.softmax import portable_softmax
from appliance.numerics.formats import FORMATS
from appliance.numerics.plans import Plan
from appliance.optimizers import Clipping, find_rate, make_optimizer
from appliance.optimizers import warm_up as warm_up_program
from oracle.formats import F32, F64
from oracle.losses import average_losses, compute_softmax, differentiate_answers, differentiate_targets
from oracle.optimizers import Optimizer, Tensor, clip, schedule_rate, warm_up
from support.networks import make_config
from support.wild import Kind

if TYPE_CHECKING:
    from appliance.config.schema import LossName

TABLES = {"f32": F32, "f64": F64}


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("decay", [0.0, 0.25, 1e-5])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov", "adam", "adamw"])
def test_rules_agree_on_gradients_with_squares_that_are_flushed(rule: str, decay: float, precision: str) -> None:
    """For gradients with squares near the limit of flushing, and small steps, parameter and state are the oracle's."""
    config = make_config(precision=precision, name=rule, weight_decay=decay).optimizer
    cap = FORMATS[precision].exponent_cap
    kind, rate = Kind(seed=1, name=precision, low=-2 * cap, high=8 - cap, cancels=False), 1e-8
    program = make_optimizer(config, FORMATS[precision], portable=True)
    oracle = Optimizer(config.settings(), TABLES[precision])
    parameter = kind.draw("start", 200) * FORMATS[precision].dtype(bool(decay))
    slot, tensor = program.make_slot(parameter), Tensor("x", [200], parameter.tolist())
    for step in range(6):
        gradient = kind.draw(f"step {step}", 200)
        program.start_step(rate)
        oracle.begin_step(rate)
        oracle.update(tensor, gradient.tolist())
        program.update(parameter, gradient, slot.arrays)
        expected = tensor.values, tensor.first, tensor.second
        assert [x.tolist() for x in (parameter, *slot.arrays)] == list(expected[: 1 + len(slot.arrays)])


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov", "adam", "adamw"])
def test_bounds_of_steps_agree(rule: str, decay: float, precision: str) -> None:
    """Also those that are carried from step to step, with clipping."""
    settings: dict[str, Any] = {"name": rule, "weight_decay": decay, "clip_norm": 1.0}
    config, fmt = make_config(precision=precision, **settings).optimizer, FORMATS[precision]
    program, oracle = make_optimizer(config, fmt, portable=True), Optimizer(config.settings(), TABLES[precision])
    slot, tensor = program.make_slot(np.zeros(3, fmt.dtype)), Tensor("x", [3], [0.0] * 3)
    for step in range(1, 5):
        program.start_step(0.1 / step)
        oracle.begin_step(0.1 / step)
        assert program.bound_change(3.0 / step, slot) == oracle.bound_move(tensor, 3.0 / step)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("limit", [1e-6, 0.3, 1e5])
def test_clipped_gradients_agree(limit: float, precision: str) -> None:
    """For gradients of several parameters, some with entries far smaller than others."""
    fmt = FORMATS[precision]
    kind = Kind(seed=1, name=precision, low=8 - fmt.exponent_cap, high=4, cancels=False)
    gradients = [kind.draw(f"{count}", count) for count in (1, 7, 300, 5000)]
    expected = clip([x.tolist() for x in gradients], limit, TABLES[precision])
    Clipping(limit, [x.size for x in gradients], fmt, portable=True).apply(gradients)
    assert [x.tolist() for x in gradients] == expected


def test_rates_agree() -> None:
    """A cosine over few and many epochs, and a warm-up."""
    for epochs in (1, 2, 3, 7, 100, 999):
        config = make_config(schedule="cosine", warmup_steps=7).optimizer
        rates = [find_rate(config, epoch, epochs) for epoch in range(1, epochs + 1)]
        assert rates == [schedule_rate(config.settings(), epoch, epochs) for epoch in range(1, epochs + 1)]
        for step in range(1, 10):
            assert warm_up_program(config, rates[-1], step) == warm_up(config.settings(), rates[-1], step)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("classes", [1, 2, 3, 4, 8, 17, 256, 257, 300])
def test_softmaxes_agree_for_any_number_of_classes(classes: int, precision: str) -> None:
    """Each number of classes has its own grid for the terms, finer or coarser than that of ten classes."""
    logits = Kind(seed=1, name=precision, low=-3, high=4, cancels=False).draw("logits", 9, classes)
    probabilities, shifted, sums = portable_softmax(logits, FORMATS[precision])
    expected = compute_softmax(logits.tolist(), TABLES[precision])
    assert shifted.tolist() == expected.shifted
    assert sums[:, 0].tolist() == expected.sums
    assert probabilities.tolist() == expected.probabilities


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("targets", [1, 2, 3, 5, 64, 65])
@pytest.mark.parametrize("name", ["mean-squared-error", "binary-cross-entropy"])
def test_losses_agree_for_any_number_of_targets(name: LossName, targets: int, precision: str) -> None:
    """Gradients, losses of samples and their mean are the oracle's, for small and large outputs."""
    fmt, table = FORMATS[precision], TABLES[precision]
    for low, high in ((-3, 4), (-40, 10)):
        outputs = Kind(seed=1, name=precision, low=low, high=high, cancels=False).draw("outputs", 9, targets)
        expected = Kind(seed=2, name="f32", low=-2, high=3, cancels=False).draw("targets", 9, targets)
        if name == "binary-cross-entropy":
            expected = (expected > 0).astype(np.float32)
        loss, plan = make_loss(name, Labels(0, targets), fmt, portable=True), Plan()
        planned = loss.plan(Signal(outputs), plan)
        np.copyto(planned.targets, expected)
        plan.run()
        differentiate = differentiate_targets if name == "mean-squared-error" else differentiate_answers
        found = differentiate(outputs.tolist(), expected.tolist(), table)
        assert planned.gradient.values.tolist() == found.gradient
        assert planned.terms[0].tolist() == found.losses
        assert loss.evaluate(outputs, expected) == average_losses(found.losses, targets)
