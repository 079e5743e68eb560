"""Layers, optimizers and schedules under short names, for programs of one's own.

They are the settings of a configuration; docs/configuration.md lists their keys, which are the arguments here.

>>> from appliance import nn
>>> nn.Dense(units=10).units, nn.Adam(learning_rate=0.001).beta1
(10, 0.9)
"""

from __future__ import annotations

from appliance.config.activation_layers import GeluConfig as Gelu
from appliance.config.activation_layers import ReluConfig as Relu
from appliance.config.activation_layers import SigmoidConfig as Sigmoid
from appliance.config.activation_layers import TanhConfig as Tanh
from appliance.config.image_layers import AveragePoolConfig as AveragePool
from appliance.config.image_layers import Conv2dConfig as Conv2d
from appliance.config.image_layers import FlattenConfig as Flatten
from appliance.config.image_layers import MaxPoolConfig as MaxPool
from appliance.config.layers import DenseConfig as Dense
from appliance.config.norm_layers import BatchNormConfig as BatchNorm
from appliance.config.norm_layers import DropoutConfig as Dropout
from appliance.config.norm_layers import LayerNormConfig as LayerNorm
from appliance.config.optimizers import AdamConfig as Adam
from appliance.config.optimizers import AdamwConfig as AdamW
from appliance.config.optimizers import ConstantSchedule as Constant
from appliance.config.optimizers import CosineSchedule as Cosine
from appliance.config.optimizers import LinearSchedule as Linear
from appliance.config.optimizers import MomentumConfig as Momentum
from appliance.config.optimizers import NesterovConfig as Nesterov
from appliance.config.optimizers import SgdConfig as Sgd
from appliance.config.optimizers import StepSchedule as Steps
from appliance.config.own import Elementwise
from appliance.config.own import OwnLayer as Layer
from appliance.config.own_rules import OwnLoss as Loss
from appliance.config.own_rules import OwnOptimizer as Optimizer
from appliance.config.own_rules import OwnSchedule as Schedule
from appliance.config.sequence_layers import AttentionConfig as Attention
from appliance.config.sequence_layers import EmbeddingConfig as Embedding
from appliance.config.sequence_layers import MeanPositionsConfig as MeanPositions
from appliance.config.sequence_layers import PositionsConfig as Positions
from appliance.config.sequence_layers import ResidualConfig as Residual

__all__ = [
    "Adam",
    "AdamW",
    "Attention",
    "AveragePool",
    "BatchNorm",
    "Constant",
    "Conv2d",
    "Cosine",
    "Dense",
    "Dropout",
    "Elementwise",
    "Embedding",
    "Flatten",
    "Gelu",
    "Layer",
    "LayerNorm",
    "Linear",
    "Loss",
    "MaxPool",
    "MeanPositions",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "Positions",
    "Relu",
    "Residual",
    "Schedule",
    "Sgd",
    "Sigmoid",
    "Steps",
    "Tanh",
]
