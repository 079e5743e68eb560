"""What a training begins with: its trainer, what it reads of the data, and the shapes of its products.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.losses import check_labels
from appliance.model.build import build_network
from appliance.training.accumulation import find_share
from appliance.training.evaluation import list_batches
from appliance.training.trainer import make_trainer
from verify.conformance.shapes import list_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.data.rows import Rows
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.operations import Operations
    from appliance.numerics.plans import Plan
    from appliance.training.trainer import Trainer
    from verify.conformance.freivalds import ExactChecker
    from verify.conformance.shapes import ProductShape

    Indices = NDArray[np.intp]


def build_trainer(
    config: Config,
    dataset: Dataset,
    *,
    portable: bool,
    micro_batches: int,
    operations: Operations | None,
    checker: ExactChecker | None,
    exchange: Exchange,
) -> Trainer:
    """Return the trainer of a configuration for its data, with the initial weights; see `Training`.

    Raises:
        DataError: the loss cannot use the labels.
    """
    network = build_network(
        config,
        dataset.sample_shape,
        dataset.classes,
        targets=dataset.targets,
        portable=portable,
        is_bytes=dataset.train_features.dtype == np.uint8,
        operations=operations,
        checker=checker,
    )
    for part, labels in (("train_labels", dataset.train_labels), ("test_labels", dataset.test_labels)):
        check_labels(config.training.loss, labels, f"{dataset.name}, {part}")
    return make_trainer(config, network, micro_batches=micro_batches, exchange=exchange)


def select_features(trainer: Trainer, dataset: Dataset) -> tuple[Rows, Indices | None]:
    """Return the training rows without unused columns, and the columns that they hold.

    Where the arithmetic or the optimizer cannot leave columns out, the rows are whole and the columns None.
    """
    if not trainer.network.layers[0].skips_zero_inputs or trainer.optimizer.moves_without_gradient:
        return dataset.train_features, None
    columns = dataset.train_features.find_used_columns()
    return dataset.train_features.select_columns(columns), columns


def list_shapes_of_training(
    trainer: Trainer, columns: Indices | None, dataset: Dataset, config: Config, exchange: Exchange
) -> list[ProductShape]:
    """Return shapes and layouts of the products that a worker's steps and evaluations will make.

    Args:
        trainer: plans the passes.
        columns: the input columns that batches hold; None for all.
        dataset: how many samples there are.
        config: how many of them a batch has.
        exchange: which share of a batch this worker has.
    """
    count, size = len(dataset.train_labels), config.training.batch_size
    plans: list[Plan] = []
    with trainer.select_columns(columns):
        for rows in {min(size, count): None, count % size: None}:
            start, stop = find_share(rows, exchange.index, exchange.count)
            if stop - start < rows:
                plans += trainer.passes.list_part_plans(stop - start, rows, exchange)
            elif rows:
                plans += trainer.passes.list_plans(rows)
    start, stop = find_share(len(dataset.test_labels), exchange.index, exchange.count)
    plans += [trainer.forward.plan(rows).plan for rows in list_batches(stop - start)]
    calls = [call for plan in plans for call in plan.find_calls("matmul")]
    return list_shapes([(call.arguments[0], call.arguments[1], call.arguments[2]) for call in calls])
