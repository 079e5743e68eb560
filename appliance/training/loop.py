"""Epochs of minibatches: the part of a run that changes weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.stored import StoredArray
from appliance.model.optimizers import schedule_rate
from appliance.streams import draw_permutation
from appliance.training.record import EpochRow
from verify.digests import digest_arrays
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.data.dataset import Features
    from appliance.model.network import Network

    Bytes = NDArray[np.uint8]
    Progress = Callable[[int, int, int], None]

# Samples per forward pass outside training; a prediction does not depend on it.
_EVALUATION_BATCH = 500
# Rows read from a file at once, in the order of the file: the longer, the less a disk has to seek.
_ROWS_AT_ONCE = 1 << 14


@attrs.frozen(kw_only=True, eq=False)
class Evaluation:
    """A network's answers on a data set: logits (n, c), classes (n,), mean loss in nats, accuracy as a fraction."""

    logits: NDArray[np.floating[Any]]
    classes: Bytes
    loss: float
    accuracy: float


@attrs.frozen(kw_only=True, eq=False)
class TrainingSet:
    """What an epoch reads: bytes (n, k) with labels (n,), of which batches hold only these columns, None for all.

    Bytes in memory hold no other columns any more; from rows in a file they are left out as rows are read.
    """

    features: Features
    labels: Bytes
    columns: NDArray[np.intp] | None

    def read_batches(self, order: NDArray[np.intp], size: int) -> Iterator[Bytes]:
        """Yield the bytes (m, k) of `size` samples at a time, as numbered in `order`; the last batch may be smaller."""
        if not isinstance(self.features, StoredArray):
            for start in range(0, len(order), size):
                yield self.features.take(order[start : start + size], axis=0)
            return
        step = max(1, _ROWS_AT_ONCE // size) * size
        for start in range(0, len(order), step):
            rows = self.features.take(order[start : start + step])
            if self.columns is not None:
                rows = gather_columns(rows, self.columns)
            yield from (rows[place : place + size] for place in range(0, len(rows), size))


def select_training(network: Network, dataset: Dataset) -> TrainingSet:
    """Return the training data, without the columns that are zero throughout where the arithmetic allows that."""
    features, columns = dataset.train_features, None
    if network.arithmetic.skips_zeros:
        columns = np.flatnonzero(find_used(features))
        if not isinstance(features, StoredArray):
            features = gather_columns(features, columns)
    return TrainingSet(features=features, labels=dataset.train_labels, columns=columns)


def find_used(features: Features) -> Bytes:
    """Return for every column of bytes (n, k) a byte that is zero if the whole column is, shape (k,)."""
    if isinstance(features, StoredArray):
        features = np.stack([find_used(block) for block in features.blocks()])
    if features.shape[1] % 8 == 0 and features.flags.c_contiguous:
        return np.asarray(np.bitwise_or.reduce(features.view(np.uint64), axis=0)).view(np.uint8)
    return np.asarray(np.bitwise_or.reduce(features, axis=0))


def gather_columns(features: Bytes, columns: NDArray[np.intp]) -> Bytes:
    """Return the given columns, ascending, of bytes (n, k) as a new array, copied by runs of neighbours."""
    gathered = np.empty((len(features), len(columns)), dtype=np.uint8)
    ends = np.flatnonzero(np.diff(columns, append=-1) != 1) + 1
    start = 0
    for stop in ends.tolist():
        np.copyto(gathered[:, start:stop], features[:, columns[start] : columns[start] + stop - start])
        start = stop
    return gathered


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
        for start, pixels in zip(range(0, count, size), data.read_batches(order, size), strict=True):
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
            raise _explain(network, next(data.read_batches(order[:size], size)), epoch, int(lost[0]) // size + 1)
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


def evaluate(network: Network, features: Features, labels: Bytes) -> Evaluation:
    """Return the network's answers for bytes (n, k) with labels (n,)."""
    network.forget_bounds()
    with np.errstate(invalid="ignore", over="ignore"):
        parts = [
            network.predict(features[start : start + _EVALUATION_BATCH])
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
