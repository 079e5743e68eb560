"""Gradients of every layer for sequences: finite differences, and both arithmetics beside each other."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.config.layers import LAYERS
from support.small_layers import CASES, find_gradients, make_case_trainer, make_samples, measure_training_loss

_STEP = 1e-5


@pytest.mark.parametrize("portable", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_gradients_agree_with_finite_differences(name: str, *, portable: bool) -> None:
    """Some entries of every parameter: the slope of the native loss is the gradient, to the rounding of operands."""
    case = CASES[name]
    samples = make_samples(case)
    found = find_gradients(make_case_trainer(case, portable=portable), samples)
    plain = make_case_trainer(case, portable=False)
    checked = 0
    for parameter, array in plain.network.parameters().items():
        for number in range(0, array.size, max(1, array.size // 5)):
            place = np.unravel_index(number, array.shape)
            value = array[place]
            array[place] = value + _STEP
            above = measure_training_loss(plain, samples)
            array[place] = value - _STEP
            below = measure_training_loss(plain, samples)
            array[place] = value
            slope = (above - below) / (2 * _STEP)
            assert found[parameter][place] == pytest.approx(slope, abs=2e-6 if portable else 1e-8), parameter
            checked += 1
    assert checked >= 5 * len(plain.network.parameters())


@pytest.mark.parametrize("name", CASES)
def test_float32_gradients_are_near_those_of_float64(name: str) -> None:
    """Products of at least 8 bits: the whole gradient has an error of a few percent, with attention far less."""
    case = CASES[name]
    exact = find_gradients(make_case_trainer(case, portable=False), make_samples(case))
    found = find_gradients(make_case_trainer(case, "f32"), make_samples(case))
    error = np.sqrt(sum(float(np.square(found[key] - exact[key]).sum()) for key in exact))
    size = np.sqrt(sum(float(np.square(array).sum()) for array in exact.values()))
    accurate = name in {"attention", "causal attention", "embedding"}
    assert error < (2e-5 if accurate else 0.03) * size


def test_every_kind_is_among_the_cases() -> None:
    """A layer for sequences that is added to the table is checked here, too."""
    used = {layer["kind"] for case in CASES.values() for layer in case.layers}
    assert used >= {kind for kind in LAYERS if kind not in {"relu", "conv2d", "max_pool", "average_pool", "flatten"}}
