"""Layers, optimizers and schedules under short names, for programs of one's own.

They are the settings of a configuration; docs/configuration.md lists their keys, which are the arguments here.

>>> from appliance import nn
>>> nn.Dense(units=10).units, nn.Adam(learning_rate=0.001).beta1
(10, 0.9)
"""

from __future__ import annotations

from appliance.config.layers import DenseConfig as Dense
from appliance.config.layers import ReluConfig as Relu
from appliance.config.optimizers import AdamConfig as Adam
from appliance.config.optimizers import ConstantSchedule as Constant
from appliance.config.optimizers import LinearSchedule as Linear
from appliance.config.optimizers import MomentumConfig as Momentum
from appliance.config.optimizers import SgdConfig as Sgd
from appliance.config.optimizers import StepSchedule as Steps

__all__ = ["Adam", "Constant", "Dense", "Linear", "Momentum", "Relu", "Sgd", "Steps"]
