"""Optimizer steps on a network, with everything that they depend on as one value.

Part of bits 1.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.layer import Updater
from appliance.model.forward import ForwardPasses
from appliance.training.accumulation import accumulate, split_batch
from appliance.training.passes import TrainingPasses
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from appliance.layers.layer import Addends, Arrays, Floats
    from appliance.model.network import Network
    from appliance.numerics.plans import Observer, Tap
    from appliance.optimizers.optimizer import Optimizer, Slot

    Bytes = NDArray[np.uint8]
    Indices = NDArray[np.intp]
    Terms = tuple[Floats, ...]


class Trainer:
    """Takes optimizer steps on a network.

    Args:
        network: changed in place.
        optimizer: the update rule.
        micro_batches: in how many parts, one after the other, `step` takes a batch; in portable arithmetic the bits are
            the same for any number.

    Attributes:
        forward: the network's planned forward passes.
        passes: the planned passes that follow.
        columns: the input columns that batches hold, None for all; see `select_columns`.
        micro_batches: as given.
        scale: shape (); what gradients are multiplied by.
    """

    def __init__(self, network: Network, optimizer: Optimizer, *, micro_batches: int = 1) -> None:
        self.network = network
        self.optimizer = optimizer
        self.forward = ForwardPasses(network)
        self.columns: Indices | None = None
        self._whole_width = self.forward.width
        self._updaters = {
            layer.name: Updater(
                optimizer=optimizer,
                slots={name: optimizer.make_slot(parameter) for name, parameter in layer.parameters().items()},
            )
            for layer in network.layers
        }
        self._weighted = [layer for layer in network.layers if layer.parameters()]
        self.micro_batches = micro_batches
        self._first_parts = True
        self.scale = np.zeros((), dtype=network.fmt.dtype)
        self.passes = TrainingPasses(self.forward, self._updaters, self.scale)

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

    def _compute_loss(self, features: Bytes, labels: Bytes, observe: Observer | Tap | None) -> Terms:
        """Run the forward pass and the loss for bytes (m, k) with labels (m,)."""
        plan, loss = self.passes.plan_loss(len(labels))
        np.copyto(loss.targets, labels)
        self.forward.plan(len(labels)).run(features, observe)
        plan.run(observe)
        return loss.terms

    def step(self, features: Bytes, labels: Bytes, rate: float, observe: Observer | Tap | None = None) -> Terms:
        """Take one step on bytes (m, k) with labels (m,) at a learning rate; return the terms of the loss, each (m,).

        Args:
            features: the batch; the next step overwrites what this one returns.
            labels: the true classes.
            rate: the learning rate.
            observe: called after every stage of the step; for a batch in parts, after the stages of each part.

        Raises:
            NonFiniteError: a gradient or weight is NaN, infinite or out of range.
        """
        self.optimizer.start_step(rate)
        self.scale.fill((rate if self.optimizer.rate_in_gradient else 1.0) / len(labels))
        if self.micro_batches > 1:
            return self._step_in_parts(features, labels, observe)
        terms = self._compute_loss(features, labels, observe)
        self.passes.plan_step(len(labels)).run(observe)
        return terms

    def _step_in_parts(self, features: Bytes, labels: Bytes, observe: Observer | Tap | None) -> Terms:
        dtype, parts = self.network.fmt.dtype, split_batch(len(labels), self.micro_batches)
        count = len(self.passes.plan_loss(parts[0][1] - parts[0][0])[1].terms)
        whole = tuple(np.empty(len(labels), dtype=dtype) for _ in range(count))

        def differentiate(start: int, stop: int) -> list[Addends]:
            terms = self._compute_loss(features[start:stop], labels[start:stop], observe)
            for values, found in zip(whole, terms, strict=True):
                values[start:stop] = found
            plan, addends = self.passes.plan_part(stop - start)
            plan.run(observe)
            return addends

        sums = accumulate(self._weighted, parts, differentiate, self.network.make_immediate(first=self._first_parts))
        self._first_parts = False
        for layer, total in zip(self._weighted, sums, strict=True):
            layer.apply_sums(total, self.scale, self._updaters[layer.name])
        return whole

    def list_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the live arrays of parameters and optimizer state by name."""
        arrays: dict[str, NDArray[Any]] = dict(self.network.parameters())
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
        for layer in self.network.layers:
            captured |= {f"{layer.name}.{name}": array for name, array in layer.capture().items()}
        captured |= {f"optimizer.{name}": array for name, array in self.optimizer.capture().items()}
        self._select(columns)
        return captured

    def restore(self, captured: Arrays) -> None:
        """Take over what `capture` returned, from a trainer of the same configuration.

        Raises:
            UsageError: the names or the shapes are not those of this trainer.
        """
        columns = self.columns
        expected = {name: array.shape for name, array in self.capture().items()}
        found = {name: array.shape for name, array in captured.items()}
        if expected != found:
            names = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
            raise UsageError(
                "this state belongs to another configuration", expected="the same arrays", found=", ".join(names)
            )
        self._select(None)
        for name, array in self.list_arrays().items():
            np.copyto(array, captured[name])
        for name, slot in self._list_slots().items():
            slot.bound = float(captured[f"{name}.bound"])
        for layer in self.network.layers:
            layer.restore({name: captured[f"{layer.name}.{name}"] for name in layer.capture()})
        self.optimizer.restore({name: captured[f"optimizer.{name}"] for name in self.optimizer.capture()})
        self._select(columns)

    def find_non_finite(self) -> str | None:
        """Return the name of the first parameter or state array with a value that is not finite, if there is one."""
        arrays = self.list_arrays()
        return next((name for name, array in arrays.items() if not np.isfinite(array).all()), None)
