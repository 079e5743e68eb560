"""From the name of a loss to the loss, and what each loss needs of network and data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.config.own_rules import OwnLoss
from appliance.errors import ConfigurationError, DataError
from appliance.losses.binary_cross_entropy import NativeBinaryCrossEntropy, PortableBinaryCrossEntropy
from appliance.losses.cross_entropy import NativeCrossEntropy, PortableCrossEntropy
from appliance.losses.own import GivenLoss
from appliance.losses.squared_error import NativeSquaredError, PortableSquaredError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from appliance.config.schema import LossName
    from appliance.losses.loss import Loss
    from appliance.numerics.formats import Format

_BINARY_CLASSES = 2


class Labels(NamedTuple):
    """What the labels of a data set are: numbers of so many classes, or so many targets; the other one is 0."""

    classes: int
    targets: int = 0

    def __str__(self) -> str:
        return f"{self.targets} targets" if self.targets else f"{self.classes} classes"


def count_outputs(name: LossName | OwnLoss, labels: Labels) -> int:
    """Return how many outputs a network needs for a loss on labels of this kind.

    Raises:
        ConfigurationError: the loss does not fit the labels.
    """
    if isinstance(name, OwnLoss):
        return name.count_outputs(labels.classes, labels.targets)
    fits = {
        "cross-entropy": labels.classes > 0,
        "mean-squared-error": labels.targets > 0,
        "binary-cross-entropy": labels.targets > 0 or labels.classes == _BINARY_CLASSES,
    }
    needs = {
        "cross-entropy": "class numbers",
        "mean-squared-error": "targets",
        "binary-cross-entropy": "2 classes, or targets that are 0 or 1",
    }
    if not fits[name]:
        raise ConfigurationError(
            "the loss does not fit the data",
            expected=f"{needs[name]} for the loss {name}",
            found=str(labels),
            where="training.loss",
            remedy="use another loss or other labels: "
            + ", ".join(f'"{other}" is for {needs[other]}' for other in needs if other != name),
        )
    return labels.classes if name == "cross-entropy" else max(labels.targets, 1)


def make_loss(name: LossName | OwnLoss, labels: Labels, fmt: Format, *, portable: bool) -> Loss:
    """Return a loss in portable or native arithmetic for labels that fit; see `count_outputs`."""
    if isinstance(name, OwnLoss):
        return GivenLoss(name, fmt, labels.targets, portable=portable)
    if name == "mean-squared-error":
        return (PortableSquaredError if portable else NativeSquaredError)(fmt, labels.targets)
    if name == "binary-cross-entropy":
        return (PortableBinaryCrossEntropy if portable else NativeBinaryCrossEntropy)(fmt, labels.targets)
    return (PortableCrossEntropy if portable else NativeCrossEntropy)(fmt)


def check_labels(name: LossName | OwnLoss, labels: NDArray[Any], where: str) -> None:
    """Refuse labels with values that a loss is not for.

    Raises:
        DataError: a target of the binary cross-entropy is neither 0 nor 1.
    """
    if name != "binary-cross-entropy":
        return
    wrong = np.flatnonzero((labels != 0) & (labels != 1))
    if wrong.size:
        row = int(wrong[0]) // (labels.size // len(labels))
        raise DataError(
            "a target is neither no nor yes",
            expected="0 or 1, as the loss binary-cross-entropy needs",
            found=float(labels.reshape(-1)[wrong[0]]),
            where=f"{where}, sample {row}",
            remedy="use other targets, or the loss mean-squared-error",
        )
