"""Epochs of minibatches: the part of a run that changes weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.model.optimizers import schedule_rate
from appliance.streams import draw_permutation
from appliance.training.record import EpochRow
from verify.digests import digest_arrays
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.data.rows import Rows
    from appliance.model.network import Network

    Bytes = NDArray[np.uint8]
    Progress = Callable[[int, int, int], None]

# Samples per forward pass outside training; a prediction does not depend on it.
_EVALUATION_BATCH = 500


@attrs.frozen(kw_only=True, eq=False)
class Evaluation:
    """A network's answers on a data set: logits (n, c), classes (n,), mean loss in nats, accuracy as a fraction."""

    logits: NDArray[np.floating[Any]]
    classes: Bytes
    loss: float
    accuracy: float


@attrs.frozen(kw_only=True, eq=False)
class TrainingSet:
    """What an epoch reads: rows (n, k) with labels (n,), and the input columns that the rows hold, None for all."""

    features: Rows
    labels: Bytes
    columns: NDArray[np.intp] | None


def select_training(network: Network, dataset: Dataset) -> TrainingSet:
    """Return the training data, without the columns that are zero throughout where the arithmetic allows that."""
    features, columns = dataset.train_features, None
    if network.arithmetic.skips_zeros:
        columns = features.find_used_columns()
        features = features.select_columns(columns)
    return TrainingSet(features=features, labels=dataset.train_labels, columns=columns)


def train_epoch(
    network: Network, config: Config, data: TrainingSet, epoch: int, progress: Progress | None = None
) -> float:
    """Go once through the training data in the order of stream ("shuffle", epoch); return the mean loss in nats.

    Raises:
        NonFiniteError: naming epoch, step and tensor of the first value that is not finite.
    """
    count, size = len(data.labels), config.training.batch_size
    order = draw_permutation(count, config.seed, "shuffle", epoch)
    rate = schedule_rate(config.optimizer, epoch, config.training.epochs)
    shifted, denominators = np.empty(count), np.empty(count)
    network.forget_bounds()
    with network.focus(data.columns):
        for start, pixels in zip(range(0, count, size), data.features.read_batches(order, size), strict=True):
            chosen = order[start : start + size]
            try:
                residual = network.train_batch(pixels, data.labels[chosen], rate)
            except NonFiniteError as error:
                raise _explain(network, pixels, epoch, start // size + 1) from error
            shifted[start : start + size] = residual.shifted
            denominators[start : start + size] = residual.denominators
            if progress:
                progress(epoch, len(chosen), count)
        lost = np.flatnonzero(~np.isfinite(shifted) | ~np.isfinite(denominators))
        if lost.size:
            raise _explain(
                network, next(data.features.read_batches(order[:size], size)), epoch, int(lost[0]) // size + 1
            )
    return float(network.arithmetic.average_loss(shifted, denominators))


def _explain(network: Network, pixels: Bytes, epoch: int, step: int) -> NonFiniteError:
    return _describe_loss(f"epoch {epoch}, step {step}, {network.find_failure(pixels)}")


def _describe_loss(where: str) -> NonFiniteError:
    return NonFiniteError(
        "training left the finite numbers",
        expected="finite losses, gradients and weights",
        where=where,
        remedy="lower the learning rate, or look at the data that this step saw",
    )


def evaluate(network: Network, features: Rows, labels: Bytes) -> Evaluation:
    """Return the network's answers for bytes (n, k) with labels (n,)."""
    network.forget_bounds()
    with np.errstate(invalid="ignore", over="ignore"):
        parts = [
            network.predict(features.read(start, start + _EVALUATION_BATCH))
            for start in range(0, len(labels), _EVALUATION_BATCH)
        ]
        logits = np.concatenate(parts)
        _, shifted, denominators = network.arithmetic.soften(logits)
        loss = network.arithmetic.average_loss(shifted[np.arange(len(labels)), labels], denominators[:, 0])
    if not np.isfinite(loss):
        raise NonFiniteError("the test loss is not finite", found=loss)
    classes = np.argmax(logits, axis=1).astype(np.uint8)
    hits = int(np.count_nonzero(classes == labels))
    return Evaluation(logits=logits, classes=classes, loss=float(loss), accuracy=hits / len(labels))


def run_epoch(
    network: Network,
    config: Config,
    data: TrainingSet,
    dataset: Dataset,
    epoch: int,
    progress: Progress | None = None,
) -> tuple[EpochRow, Evaluation]:
    """Train for one epoch, evaluate on the test data, and return the epoch's row with the evaluation."""
    train_loss = train_epoch(network, config, data, epoch, progress)
    lost = network.find_lost()
    if lost:
        raise _describe_loss(f"the end of epoch {epoch}, {lost}")
    try:
        evaluation = evaluate(network, dataset.test_features, dataset.test_labels)
    except NonFiniteError as error:
        raise _describe_loss(f"the evaluation after epoch {epoch}") from error
    row = EpochRow(
        epoch=epoch,
        train_loss=train_loss,
        test_loss=evaluation.loss,
        test_accuracy=evaluation.accuracy,
        weights=digest_arrays(network.parameters()),
    )
    return row, evaluation
