"""Optimizer steps on a network, with everything that they depend on as one value.

Part of bits 2.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.layers.layer import Updater, walk
from appliance.model.forward import ForwardPasses
from appliance.numerics.exchange import ALONE
from appliance.numerics.plans import NOW
from appliance.optimizers import make_clipping, make_optimizer
from appliance.training.accumulation import accumulate, split_batch
from appliance.training.joining import Joining
from appliance.training.misfits import require_same_arrays
from appliance.training.passes import TrainingPasses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.layers.layer import Arrays, Floats, Integers
    from appliance.layers.terms import Term
    from appliance.model.network import Network
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.plans import Observer, Tap
    from appliance.optimizers import Clipping
    from appliance.optimizers.optimizer import Optimizer, Slot

    Indices = NDArray[np.intp]
    Terms = tuple[Floats, ...]


class Samples(NamedTuple):
    """A batch or a part of it: features (m, k), labels or targets of m samples, and their numbers in the training.

    Numbers are int64, shape (m,); None counts from 0. Only layers that draw at random read them. Of a part, `start` is
    the place of its first sample in the batch, and `whole` the number of samples of the batch; None for all.
    """

    features: NDArray[Any]
    labels: NDArray[Any]
    numbers: Integers | None = None
    start: int = 0
    whole: int | None = None

    @property
    def batch_size(self) -> int:
        """The number of samples of the whole batch."""
        return len(self.labels) if self.whole is None else self.whole

    def cut(self, start: int, stop: int) -> Samples:
        """Return the samples from start to stop, counted from the first one here, as views."""
        numbers = np.arange(start, stop) if self.numbers is None else self.numbers[start:stop]
        return Samples(self.features[start:stop], self.labels[start:stop], numbers, self.start + start, self.batch_size)


def make_trainer(config: Config, network: Network, *, micro_batches: int = 1, exchange: Exchange = ALONE) -> Trainer:
    """Return what trains a network with the optimizer of a configuration."""
    settings, fmt, portable = config.optimizer, network.fmt, network.portable
    sizes = [parameter.size for parameter in network.parameters().values()]
    return Trainer(
        network,
        make_optimizer(settings, fmt, portable=portable),
        micro_batches=micro_batches,
        exchange=exchange,
        clipping=make_clipping(settings, sizes, fmt, portable=portable),
    )


class Trainer:
    """Takes optimizer steps on a network.

    Args:
        network: changed in place.
        optimizer: the update rule.
        micro_batches: in how many parts, one after the other, `step` takes a batch; in portable arithmetic the bits are
            the same for any number.
        clipping: changes all gradients of a step together; None for no change.
        exchange: with the workers that have the other parts of every batch.

    Attributes:
        forward: the network's planned forward passes.
        passes: the planned passes that follow.
        columns: the input columns that batches hold, None for all; see `select_columns`.
        micro_batches: as given, but 1 where samples of a batch depend on each other.
    """

    def __init__(
        self,
        network: Network,
        optimizer: Optimizer,
        *,
        micro_batches: int = 1,
        clipping: Clipping | None = None,
        exchange: Exchange = ALONE,
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.forward = ForwardPasses(network, exchange)
        self._joining = Joining(exchange)
        self.columns: Indices | None = None
        self._whole_width = self.forward.width
        self._updaters = {
            layer.name: Updater(
                optimizer=optimizer,
                slots={name: optimizer.make_slot(parameter) for name, parameter in layer.parameters().items()},
            )
            for layer in walk(network.layers)
        }
        needs_whole_batch = any(layer.needs_whole_batch for layer in walk(network.layers))
        self.micro_batches = 1 if needs_whole_batch else micro_batches
        self._first_parts = True
        self.passes = TrainingPasses(self.forward, self._updaters, clipping)

    def reset_bounds(self) -> None:
        """Measure all carried bounds again, so that results depend on parameters and state only."""
        self.network.reset_bounds()
        self.optimizer.start_epoch(self._list_slots().values())

    def _list_slots(self) -> dict[str, Slot]:
        """Return every slot by its parameter's full name."""
        return {
            f"{layer}.{name}": slot for layer, updater in self._updaters.items() for name, slot in updater.slots.items()
        }

    @contextmanager
    def select_columns(self, columns: Indices | None) -> Iterator[None]:
        """Train on batches that hold only these input columns, ascending; None for all of them.

        All other columns must be zero in every sample; then no bit depends on it. Parameters are whole again
        afterwards. Inside, values that are not finite are reported by `step`, not by NumPy's warnings.
        """
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            self._select(columns)
            try:
                yield
            finally:
                self._select(None)

    def _select(self, columns: Indices | None) -> None:
        """Exchange the first layer's arrays for those of some input columns, or for the whole ones again."""
        layer = self.network.layers[0]
        updater = self._updaters[layer.name]
        if self.columns is not None:
            layer.release_inputs(updater)
            self.forward.width = self._whole_width
        if columns is not None:
            layer.select_inputs(columns, updater)
            self.forward.width = len(columns)
        if self.columns is not columns:
            self.drop_plans()
        self.columns = columns

    def drop_plans(self) -> None:
        """Plan every pass again at its next use."""
        self.forward.drop()
        self.passes.drop()

    def _compute_loss(self, samples: Samples, observe: Observer | Tap | None) -> Terms:
        """Run the forward pass and the loss."""
        rows, whole = len(samples.labels), samples.batch_size
        plan, loss = self.passes.plan_loss(rows, whole)
        np.copyto(loss.targets, samples.labels)
        forward = self.passes.plan_forward(rows, whole)
        np.copyto(forward.batch.samples, np.arange(rows) if samples.numbers is None else samples.numbers)
        forward.run(samples.features, observe)
        plan.run(observe)
        return loss.terms

    def step(self, samples: Samples, rate: float, observe: Observer | Tap | None = None) -> Terms:
        """Take one step on a batch at a learning rate; return the terms of the loss, each (m,).

        Args:
            samples: the batch, or the part of it that this worker has; the next step overwrites what this one returns.
            rate: the learning rate.
            observe: called after every stage of the step; for a batch in parts, after the stages of each part.

        Raises:
            NonFiniteError: a gradient or weight is NaN, infinite or out of range.
        """
        count = samples.batch_size
        self.optimizer.start_step(rate)
        self.forward.scale.fill((rate if self.optimizer.rate_in_gradient else 1.0) / count)
        own = len(samples.labels)
        if self.micro_batches > 1 or (own < count and not self.network.portable):
            return self._step_in_parts(samples, observe)
        terms = self._compute_loss(samples, observe)
        if own < count:
            self.passes.plan_part(own, count).plan.run(observe)
            self.passes.plan_joined(own, count, self._joining.exchange).run()
        else:
            self.passes.plan_step(count).run(observe)
        return terms

    def _step_in_parts(self, samples: Samples, observe: Observer | Tap | None) -> Terms:
        own, count, first = len(samples.labels), samples.batch_size, samples.start
        parts = [(first + start, first + stop) for start, stop in split_batch(own, self.micro_batches)]
        terms = self.passes.plan_loss(parts[0][1] - first, count)[1].terms
        whole = tuple(np.empty(own, dtype=values.dtype) for values in terms)

        def differentiate(start: int, stop: int) -> list[Term]:
            terms = self._compute_loss(samples.cut(start - first, stop - first), observe)
            for values, found in zip(whole, terms, strict=True):
                values[start - first : stop - first] = found
            part = self.passes.plan_part(stop - start, count)
            part.plan.run(observe)
            return part.terms

        do = self.network.make_immediate(first=self._first_parts)
        found = accumulate(parts, differentiate, do, count, self._joining if own < count else None)
        self._first_parts = False
        self.passes.clip(found, do)
        for term, gradient in found:
            owner, updater = self.passes.layers[term.layer.name], self._updaters[term.layer.name]
            owner.widen(term, updater)
            owner.apply_gradient(term.parameter, gradient, updater, NOW)
        return whole

    def list_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the live arrays of parameters, buffers and optimizer state by name."""
        arrays: dict[str, NDArray[Any]] = dict(self.network.arrays())
        for name, slot in self._list_slots().items():
            arrays |= {
                f"{name}.{state}": array for state, array in zip(self.optimizer.state_names, slot.arrays, strict=True)
            }
        return arrays

    def capture(self) -> Arrays:
        """Return copies of everything that the next step depends on, by name: nothing else has to be kept."""
        columns = self.columns
        self._select(None)
        captured = {name: np.array(array) for name, array in self.list_arrays().items()}
        captured |= {f"{name}.bound": np.array(slot.bound) for name, slot in self._list_slots().items()}
        for layer in walk(self.network.layers):
            captured |= {f"{layer.name}.{name}": array for name, array in layer.capture().items()}
        captured |= {f"optimizer.{name}": array for name, array in self.optimizer.capture().items()}
        self._select(columns)
        return captured

    def restore(self, captured: Arrays) -> None:
        """Take over what `capture` returned, from a trainer of the same configuration.

        Raises:
            UsageError: the names, shapes or types are not those of this trainer.
        """
        columns = self.columns
        require_same_arrays(self.capture(), captured)
        self._select(None)
        for name, array in self.list_arrays().items():
            np.copyto(array, captured[name])
        for name, slot in self._list_slots().items():
            slot.bound = float(captured[f"{name}.bound"])
        for layer in walk(self.network.layers):
            layer.restore({name: captured[f"{layer.name}.{name}"] for name in layer.capture()})
        self.optimizer.restore({name: captured[f"optimizer.{name}"] for name in self.optimizer.capture()})
        self._select(columns)

    def find_non_finite(self) -> str | None:
        """Return the name of the first parameter or state array with a value that is not finite, if there is one."""
        arrays = self.list_arrays()
        return next((name for name, array in arrays.items() if not np.isfinite(array).all()), None)
