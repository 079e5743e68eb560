"""The learning rate of each epoch, and of each step of a warm-up.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.config.optimizers import CosineSchedule, LinearSchedule, OwnRuleConfig, StepSchedule
from appliance.config.own_rules import OwnSchedule
from appliance.numerics.angles import cos

if TYPE_CHECKING:
    from appliance.config.optimizers import OptimizerConfig

_PI = float.fromhex("0x1.921fb54442d18p+1")


def find_rate(config: OptimizerConfig, epoch: int, epochs: int) -> float:
    """Return the learning rate of an epoch, counted from 1, in float64 operations of a fixed order."""
    rate, schedule = config.learning_rate, config.schedule
    if isinstance(config, OwnRuleConfig):
        return float(config.own.rate(epoch, epochs))
    if isinstance(schedule, OwnSchedule):
        return float(schedule.rate(rate, epoch, epochs))
    if isinstance(schedule, StepSchedule):
        for _ in range((epoch - 1) // schedule.step_epochs):
            rate *= schedule.step_factor
    elif isinstance(schedule, LinearSchedule):
        rate = rate * (epochs - epoch + 1) / epochs
    elif isinstance(schedule, CosineSchedule):
        cosine = float(cos(np.array([_PI * (epoch - 1) / epochs]))[0])
        rate = rate * (1.0 + cosine) / 2.0
    return rate


def warm_up(config: OptimizerConfig, rate: float, step: int) -> float:
    """Return the learning rate of one step from the rate of its epoch.

    Args:
        config: the settings of the optimizer.
        rate: what `find_rate` returned for the epoch.
        step: the number of the step in the whole run, counted from 1. It follows from the epoch, the step in it and the
            number of batches, so that no state is kept for it.
    """
    return rate * (step / config.warmup_steps) if step < config.warmup_steps else rate
