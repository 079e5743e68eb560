"""The learning rate of each epoch.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.config.optimizers import LinearSchedule, StepSchedule

if TYPE_CHECKING:
    from appliance.config.optimizers import OptimizerConfig


def find_rate(config: OptimizerConfig, epoch: int, epochs: int) -> float:
    """Return the learning rate of an epoch, counted from 1, in float64 operations of a fixed order."""
    rate, schedule = config.learning_rate, config.schedule
    if isinstance(schedule, StepSchedule):
        for _ in range((epoch - 1) // schedule.step_epochs):
            rate *= schedule.step_factor
    elif isinstance(schedule, LinearSchedule):
        rate = rate * (epochs - epoch + 1) / epochs
    return rate
