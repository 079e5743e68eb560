"""A network's answers on a data set.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.data.rows import Rows
    from appliance.model.forward import ForwardPasses

    Bytes = NDArray[np.uint8]

# Samples per forward pass; a prediction does not depend on it.
_BATCH = 500


@attrs.frozen(kw_only=True, eq=False)
class Evaluation:
    """Answers on a data set: logits (n, c), classes (n,), mean loss in nats, accuracy as a fraction."""

    logits: NDArray[np.floating[Any]]
    classes: Bytes
    loss: float
    accuracy: float


def list_batches(count: int) -> list[int]:
    """Return the different numbers of rows in the forward passes over that many samples."""
    return [rows for rows in dict.fromkeys((min(_BATCH, count), count % _BATCH)) if rows]


def evaluate(forward: ForwardPasses, features: Rows, labels: Bytes) -> Evaluation:
    """Return the network's answers for bytes (n, k) with labels (n,).

    Raises:
        NonFiniteError: the loss is NaN or infinite.
    """
    network = forward.network
    network.reset_bounds()
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        parts = [forward.predict(features.read(start, start + _BATCH)) for start in range(0, len(labels), _BATCH)]
        logits = np.concatenate(parts)
        loss = network.loss.evaluate(logits, labels)
    if not np.isfinite(loss):
        raise NonFiniteError("the test loss is not finite", found=loss)
    classes = np.argmax(logits, axis=1).astype(labels.dtype)
    hits = int(np.count_nonzero(classes == labels))
    return Evaluation(logits=logits, classes=classes, loss=float(loss), accuracy=hits / len(labels))
