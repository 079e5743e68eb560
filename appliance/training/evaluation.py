"""A network's answers on a data set.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.numerics.exchange import ALONE
from appliance.training.accumulation import find_share
from appliance.training.shares import gather_rows
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.data.rows import Rows
    from appliance.model.forward import ForwardPasses
    from appliance.numerics.exchange import Exchange

# Samples per forward pass; a prediction does not depend on it.
_BATCH = 500


@attrs.frozen(kw_only=True, eq=False)
class Evaluation:
    """Answers on a data set.

    Attributes:
        outputs: (n, c); logits, or numbers of a regression.
        classes: the predicted labels, such as (n,); None in a regression.
        loss: the mean loss.
        scores: what is measured beside the loss, by name: "accuracy" as a fraction, or "mean_absolute_error".
    """

    outputs: NDArray[np.floating[Any]]
    classes: NDArray[Any] | None
    loss: float
    scores: Mapping[str, float]

    @property
    def name(self) -> str:
        """What the outputs are called."""
        return "outputs" if self.classes is None else "logits"

    def predictions(self) -> dict[str, NDArray[Any]]:
        """Return logits and classes, or the outputs of a regression, by name."""
        return name_outputs(self.outputs, self.classes)


def name_outputs(outputs: NDArray[Any], classes: NDArray[Any] | None) -> dict[str, NDArray[Any]]:
    """Return logits and classes, or the outputs of a regression, by name."""
    return {"outputs": outputs} if classes is None else {"logits": outputs, "classes": classes}


def list_batches(count: int) -> list[int]:
    """Return the different numbers of rows in the forward passes over that many samples."""
    return [rows for rows in dict.fromkeys((min(_BATCH, count), count % _BATCH)) if rows]


def compute_outputs(forward: ForwardPasses, rows: Rows, exchange: Exchange = ALONE) -> NDArray[np.floating[Any]]:
    """Return a network's outputs (n, c) for features (n, k); values that are not finite are not warned of.

    Every worker computes its share of the samples.
    """
    low, high = find_share(len(rows), exchange.index, exchange.count)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        parts = [forward.predict(rows.read(start, min(start + _BATCH, high))) for start in range(low, high, _BATCH)]
    outputs = np.concatenate(parts)
    return outputs if len(outputs) == len(rows) else gather_rows([outputs], low, len(rows), exchange)[0]


def evaluate(forward: ForwardPasses, features: Rows, labels: NDArray[Any], exchange: Exchange = ALONE) -> Evaluation:
    """Return the network's answers for features (n, k) with labels (n,) or targets (n, t).

    Raises:
        NonFiniteError: the loss is NaN or infinite.
    """
    network = forward.network
    network.reset_bounds()
    outputs = compute_outputs(forward, features, exchange)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        loss = network.loss.evaluate(outputs, labels)
    if not np.isfinite(loss):
        raise NonFiniteError("the test loss is not finite", found=loss)
    classes, scores = network.loss.classify(outputs), network.loss.score(outputs, labels)
    return Evaluation(outputs=outputs, classes=classes, loss=float(loss), scores=scores)
