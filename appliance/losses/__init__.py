"""Loss functions: one file each, portable and native arithmetic side by side."""

from appliance.losses.binary_cross_entropy import NativeBinaryCrossEntropy, PortableBinaryCrossEntropy
from appliance.losses.build import Labels, check_labels, count_outputs, make_loss
from appliance.losses.cross_entropy import NativeCrossEntropy, PortableCrossEntropy
from appliance.losses.loss import Loss, LossPass
from appliance.losses.squared_error import NativeSquaredError, PortableSquaredError

__all__ = [
    "Labels",
    "Loss",
    "LossPass",
    "NativeBinaryCrossEntropy",
    "NativeCrossEntropy",
    "NativeSquaredError",
    "PortableBinaryCrossEntropy",
    "PortableCrossEntropy",
    "PortableSquaredError",
    "check_labels",
    "count_outputs",
    "make_loss",
]
