"""Loss functions: one file each, portable and native arithmetic side by side."""

from appliance.losses.cross_entropy import NativeCrossEntropy, PortableCrossEntropy
from appliance.losses.loss import Loss, LossPass

__all__ = ["Loss", "LossPass", "NativeCrossEntropy", "PortableCrossEntropy"]
