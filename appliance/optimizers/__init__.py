"""Update rules, schedules of the learning rate, clipping, and their state."""

from appliance.optimizers.build import make_optimizer
from appliance.optimizers.clipping import Clipping, make_clipping
from appliance.optimizers.optimizer import Optimizer, Slot
from appliance.optimizers.schedules import find_rate, warm_up

__all__ = ["Clipping", "Optimizer", "Slot", "find_rate", "make_clipping", "make_optimizer", "warm_up"]
