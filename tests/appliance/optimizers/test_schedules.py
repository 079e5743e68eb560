"""Learning rates by epoch and by step."""

from __future__ import annotations

import math

import pytest

from appliance.optimizers import find_rate, warm_up
from support.networks import make_config


@pytest.mark.parametrize("epochs", [1, 2, 3, 10, 1000])
def test_a_cosine_falls_from_the_full_rate_to_nearly_nothing(epochs: int) -> None:
    """As torch's CosineAnnealingLR with T_max epochs; one epoch after the last it would be zero."""
    config = make_config(schedule="cosine").optimizer
    rates = [find_rate(config, epoch, epochs) for epoch in range(1, epochs + 1)]
    expected = [0.1 * (1 + math.cos(math.pi * done / epochs)) / 2 for done in range(epochs)]
    assert rates == pytest.approx(expected, rel=1e-9, abs=1e-16)
    assert rates[0] == 0.1
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] >= config.find_lowest_rate(epochs) > 0.0


def test_a_warm_up_reaches_the_full_rate_at_its_last_step() -> None:
    """Step t of n has t / n of the rate of its epoch; later steps have all of it."""
    config = make_config(warmup_steps=4).optimizer
    assert [warm_up(config, 0.2, step) for step in range(1, 7)] == [0.05, 0.1, 0.2 * 0.75, 0.2, 0.2, 0.2]
    assert [warm_up(make_config().optimizer, 0.2, step) for step in (1, 2)] == [0.2, 0.2]


def test_the_lowest_rate_counts_the_warm_up() -> None:
    """It is the first step's, where that is the lowest."""
    assert make_config(warmup_steps=1000).optimizer.find_lowest_rate(3) == pytest.approx(1e-4)
    assert make_config(warmup_steps=2, schedule="linear").optimizer.find_lowest_rate(10) == pytest.approx(0.01)
