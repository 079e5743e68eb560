"""The end of an epoch: an evaluation, and the row of the history.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.training.agreement import require_same_weights
from appliance.training.diagnosis import describe_failure
from appliance.training.evaluation import evaluate
from appliance.training.record import EpochRow
from verify.digests import digest_arrays
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.data import Dataset
    from appliance.numerics.exchange import Exchange
    from appliance.training.evaluation import Evaluation
    from appliance.training.trainer import Trainer


def end_epoch(
    trainer: Trainer, dataset: Dataset, epoch: int, terms: tuple[NDArray[Any], ...], exchange: Exchange
) -> tuple[EpochRow, Evaluation]:
    """Return the row of an epoch whose steps are done, and the evaluation after it.

    Args:
        trainer: after the last step of the epoch.
        dataset: the data of the evaluation.
        epoch: counted from 1.
        terms: the terms of the loss of all training samples.
        exchange: with the other workers.

    Raises:
        NonFiniteError: a parameter, the optimizer's state or the loss is not finite.
        CouldNotJudgeError: the workers have different weights.
    """
    train_loss = trainer.network.loss.average(terms)
    lost = trainer.find_non_finite()
    if lost:
        raise describe_failure(f"the end of epoch {epoch}, {lost}")
    try:
        evaluation = evaluate(trainer.forward, dataset.test_features, dataset.test_labels, exchange)
    except NonFiniteError as error:
        raise describe_failure(f"the evaluation after epoch {epoch}") from error
    row = EpochRow(
        epoch=epoch,
        train_loss=train_loss,
        test_loss=evaluation.loss,
        **{f"test_{name}": value for name, value in evaluation.scores.items()},
        weights=digest_arrays(trainer.network.arrays()),
    )
    require_same_weights(exchange, epoch, row.weights)
    return row, evaluation
