"""Parts of the program compared with the oracle's, on numbers and shapes that no configuration has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.losses.softmax import portable_softmax
from appliance.numerics.formats import FORMATS
from appliance.optimizers import make_optimizer
from oracle.formats import F32, F64
from oracle.network import compute_softmax
from oracle.optimizers import Optimizer, Tensor
from support.networks import make_config
from support.wild import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLES = {"f32": F32, "f64": F64}


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
def test_rules_agree_on_gradients_with_squares_that_are_flushed(rule: str, precision: str) -> None:
    """For gradients with squares near the limit of flushing, and small steps, parameter and state are the oracle's."""
    config, cap = make_config(precision=precision, name=rule).optimizer, FORMATS[precision].exponent_cap
    kind, rate = Kind(seed=1, name=precision, low=-2 * cap, high=8 - cap, cancels=False), 1e-8
    program = make_optimizer(config, FORMATS[precision], portable=True)
    oracle = Optimizer(config.settings(), TABLES[precision])
    parameter: NDArray[np.floating[Any]] = np.zeros(200, FORMATS[precision].dtype)
    slot, tensor = program.make_slot(parameter), Tensor("x", [200], [0.0] * 200)
    for step in range(6):
        gradient = kind.draw(f"step {step}", 200)
        program.start_step(rate)
        oracle.begin_step(rate)
        oracle.update(tensor, gradient.tolist())
        program.update(parameter, gradient, slot.arrays)
        expected = tensor.values, tensor.first, tensor.second
        assert [x.tolist() for x in (parameter, *slot.arrays)] == list(expected[: 1 + len(slot.arrays)])


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("classes", [1, 2, 3, 4, 8, 17, 300])
def test_softmaxes_agree_for_any_number_of_classes(classes: int, precision: str) -> None:
    """Each number of classes has its own grid for the terms, finer or coarser than that of ten classes."""
    logits = Kind(seed=1, name=precision, low=-3, high=4, cancels=False).draw("logits", 9, classes)
    probabilities, shifted, sums = portable_softmax(logits, FORMATS[precision])
    expected = compute_softmax(logits.tolist(), TABLES[precision])
    assert shifted.tolist() == expected.shifted
    assert sums[:, 0].tolist() == expected.sums
    assert probabilities.tolist() == expected.probabilities
