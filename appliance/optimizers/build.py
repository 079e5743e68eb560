"""From an optimizer's settings to its update rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.config.optimizers import AdamConfig, MomentumConfig, OwnRuleConfig, SgdConfig
from appliance.errors import ConfigurationError
from appliance.optimizers.adam import Adam
from appliance.optimizers.momentum import Momentum
from appliance.optimizers.own import GivenOptimizer
from appliance.optimizers.sgd import Sgd

if TYPE_CHECKING:
    from appliance.config.optimizers import OptimizerConfig
    from appliance.numerics.formats import Format
    from appliance.optimizers.optimizer import Optimizer


def make_optimizer(config: OptimizerConfig, fmt: Format, *, portable: bool) -> Optimizer:
    """Return the configured rule in the given format; portable rules keep their state free of subnormal numbers.

    A kind of settings may be that of two rules: Nesterov's momentum is a kind of momentum, AdamW a kind of Adam.
    """
    if isinstance(config, OwnRuleConfig):
        return GivenOptimizer(config.own, fmt, portable=portable)
    if isinstance(config, SgdConfig):
        return Sgd(config, fmt, portable=portable)
    if isinstance(config, MomentumConfig):
        return Momentum(config, fmt, portable=portable)
    if isinstance(config, AdamConfig):
        return Adam(config, fmt, portable=portable)
    raise ConfigurationError("there is no update rule for these settings", found=config.tag)
