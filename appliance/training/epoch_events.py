"""The events of a trace that are not of a step: at the start of a training, after each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.tracing.tensors import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.training.evaluation import Evaluation
    from appliance.training.record import EpochRow
    from appliance.training.trainer import Trainer
    from verify.tracing.recorder import Recorder

    Array = NDArray[Any]


def record_start(recorder: Recorder, trainer: Trainer, dataset: str) -> None:
    """Record the digest of the data and the initial weights, with buffers."""
    weights = {name: make_plain(array) for name, array in trainer.network.arrays().items()}
    recorder.event("data", "dataset", outputs={"digest": dataset})
    recorder.event("state", "initial_weights", outputs=weights)


def record_epoch(recorder: Recorder, trainer: Trainer, row: EpochRow, evaluation: Evaluation) -> None:
    """Record weights, state of the optimizer, answers and losses after an epoch."""
    arrays = _read(recorder, trainer.list_arrays())
    weights = {name: arrays[name] for name in trainer.network.arrays()}
    logits = _read(recorder, {evaluation.name: np.ascontiguousarray(evaluation.outputs)})
    recorder.event("state", "weights", outputs=arrays)
    recorder.event("output", "evaluation", inputs=weights, outputs=logits)
    if evaluation.classes is not None:
        recorder.event("decision", "classes", inputs=logits, outputs={"classes": evaluation.classes})
    recorder.event("output", "losses", inputs=logits, outputs=row.scores())


def _read(recorder: Recorder, arrays: Mapping[str, Array]) -> dict[str, Known]:
    """Return arrays with their descriptions, so that each is read once for several events."""
    return {name: Known(name, make_plain(array), recorder.tally) for name, array in arrays.items()}


def make_plain(array: Array) -> Array:
    """Return an array with its lowest byte first, as on most machines."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
