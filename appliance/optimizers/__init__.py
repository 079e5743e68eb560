"""Update rules, schedules of the learning rate, and their state."""

from appliance.optimizers.build import make_optimizer
from appliance.optimizers.optimizer import Optimizer, Slot
from appliance.optimizers.schedules import find_rate

__all__ = ["Optimizer", "Slot", "find_rate", "make_optimizer"]
