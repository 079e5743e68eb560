"""Every layer for sequences beside PyTorch's: outputs, gradients by autograd, running moments.

Skipped where torch is not installed.
"""

from __future__ import annotations

import numpy as np
import pytest

from support.small_layers import CASES, find_gradients, make_case_trainer, make_samples
from support.torch_twins import Twin

torch = pytest.importorskip("torch")
_SHARED = {name: case for name, case in CASES.items() if "'dropout'" not in str(case.layers)}


@pytest.mark.parametrize(("precision", "portable", "error"), [("f64", False, 1e-12), ("f64", True, 5e-6)])
@pytest.mark.parametrize("name", _SHARED)
def test_gradients_are_those_of_autograd(name: str, precision: str, error: float, *, portable: bool) -> None:
    """All gradients of one batch."""
    case, samples = CASES[name], make_samples(CASES[name])
    trainer = make_case_trainer(case, precision, portable=portable)
    expected = Twin(trainer, case.layers, case.shape, torch).differentiate(samples)
    found = find_gradients(trainer, samples)
    assert found.keys() == expected.keys()
    for parameter, gradient in found.items():
        np.testing.assert_allclose(gradient, expected[parameter], rtol=0, atol=error, err_msg=parameter)


@pytest.mark.parametrize("name", _SHARED)
def test_predictions_are_those_of_torch(name: str) -> None:
    """After three steps, so that running moments count, too."""
    case, samples = CASES[name], make_samples(CASES[name])
    trainer = make_case_trainer(case, portable=False)
    for _ in range(3):
        trainer.step(samples, 0.1)
    twin = Twin(trainer, case.layers, case.shape, torch)
    expected = twin.predict(samples.features, training=False).detach().numpy()
    np.testing.assert_allclose(trainer.forward.predict(samples.features), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("portable", [False, True])
def test_running_moments_are_those_of_torch(*, portable: bool) -> None:
    """One step from the initial moments, with PyTorch's momentum and its unbiased variance."""
    case, samples = CASES["batch_norm of positions"], make_samples(CASES["batch_norm of positions"])
    trainer = make_case_trainer(case, portable=portable)
    twin = Twin(trainer, case.layers, case.shape, torch)
    twin.predict(samples.features)
    trainer.step(samples, 0.1)
    for name in ("running_mean", "running_variance"):
        found, expected = trainer.network.arrays()[f"batch_norm_1.{name}"], twin.tensors[f"batch_norm_1.{name}"]
        np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=1e-6 if portable else 1e-14)
