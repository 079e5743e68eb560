"""What the workers of a training exchange, from shapes alone: no data is read and nothing is exchanged.

A step has one reduction of maxima: one number for each column of each parameter's addends. Then it has one reduction
of integer sums for each width of integer: one number for each entry of each parameter. Batch normalisation has four
pairs of such reductions before that, of one number of 8 bytes for each channel. An epoch ends with the loss terms of
all training samples and the outputs for all test samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.layers.batch_norm import BatchNorm
from appliance.layers.layer import walk
from appliance.numerics.exchange import choose_type
from appliance.numerics.plans import NOW
from appliance.training.loop import Training
from delivery.scaling.counting import Message, Silent

if TYPE_CHECKING:
    from appliance.config.schema import Config
    from appliance.data.dataset import Dataset
    from appliance.layers.terms import Term

_MOMENTS = 4  # reductions of each kind for a layer of batch normalisation: two forward, two backward
_WIDE = 8  # bytes of its numbers


@attrs.frozen(kw_only=True)
class Volume:
    """What one worker gives to reductions.

    Args:
        step: the reductions of a step on a whole batch, in order.
        epoch: bytes of loss terms and outputs at the end of every epoch.
        bound: the largest `workers * sum` of a step, in units of its column; below 2**63.
    """

    step: tuple[Message, ...]
    epoch: int
    bound: int

    @property
    def step_size(self) -> int:
        """The bytes of a step."""
        return sum(message.size for message in self.step)


def find_volume(config: Config, dataset: Dataset, workers: int, batch: int | None = None) -> Volume:
    """Return what the workers of a training exchange.

    Args:
        config: the training.
        dataset: only its shapes and its unused columns count.
        workers: how many; 1 exchanges nothing.
        batch: samples of a batch; None for those of the configuration.
    """
    count = len(dataset.train_labels)
    batch = min(config.training.batch_size, count) if batch is None else batch
    training = Training(config, dataset, portable=True, exchange=Silent(workers))
    trainer, share = training.trainer, -(-batch // workers)
    step: list[Message] = []
    bound = 0
    with trainer.select_columns(training._columns):  # noqa: SLF001 - what its steps leave out
        part = trainer.passes.plan_part(share, batch)
        if 1 < workers <= batch:
            for layer in walk(trainer.network.layers):
                if isinstance(layer, BatchNorm):
                    size = _WIDE * len(layer.buffers()["running_mean"])
                    step += [Message("max", size), Message("sum", size)] * _MOMENTS
            step += [_add_maxima(part.terms), *_list_sums(part.terms, share, batch, workers)]
            bound = workers * max(term.find_largest_sum(share, batch) for term in part.terms)
    terms = len(trainer.passes.plan_loss(share, batch)[1].terms) * np.dtype(np.float64).itemsize * count
    outputs = len(dataset.test_labels) * _find_width(config, dataset) * (8 if config.precision == "f64" else 4)
    spread = len(dataset.test_labels) >= workers
    epoch = 0 if workers == 1 else terms + (outputs if spread else 0)
    return Volume(step=tuple(step), epoch=epoch, bound=bound)


def _add_maxima(terms: list[Term]) -> Message:
    """Return the reduction of maxima; all numbers have 8 bytes if those of one parameter have."""
    entries = sum(term.magnitudes.size for term in terms)
    return Message("max", entries * max(term.magnitudes.itemsize for term in terms))


def _list_sums(terms: list[Term], share: int, batch: int, workers: int) -> list[Message]:
    """Return the reductions of sums, one for each width."""
    sizes: dict[int, int] = {}
    for term in terms:
        width = np.dtype(choose_type(term.find_largest_sum(share, batch), workers)).itemsize
        entries = sum(array.size for array in term.begin(batch, NOW).sums)
        sizes[width] = sizes.get(width, 0) + width * entries
    return [Message("sum", size) for size in sizes.values()]


def _find_width(config: Config, dataset: Dataset) -> int:
    """Return how many outputs the network has."""
    labels = dataset.test_labels
    if labels.ndim > 1:
        return int(labels.shape[1])
    return 1 if config.training.loss == "binary-cross-entropy" else dataset.classes
