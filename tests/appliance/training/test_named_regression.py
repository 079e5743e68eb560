"""The named configuration `regression` learns what its data have to teach."""

from __future__ import annotations

from appliance.config import load_config
from appliance.data import load_dataset
from appliance.training.execute import run_training

NOISE = 6 / 3 / 64
"""Variance of the noise: six uniform numbers of variance 1/3, divided by 8."""


def test_regression_comes_near_the_noise() -> None:
    """The error is far below the variance of the targets, above that of the noise, and that of native arithmetic."""
    config = load_config("regression")
    targets = load_dataset(config.data, config.seed).test_labels
    portable, native = (run_training(config, profile=profile).metrics for profile in ("portable", "native"))
    assert NOISE < portable["test_loss"] < 0.12 < float(targets.var()) / 8
    assert abs(portable["test_loss"] / native["test_loss"] - 1) < 0.05
    assert portable["test_mean_absolute_error"] < 0.3
