"""A training: epochs of minibatches, each followed by an evaluation.

Part of bits 2.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.launch.generators import capture_generators, restore_generators
from appliance.losses import check_labels
from appliance.model.build import build_network
from appliance.numerics.exchange import ALONE
from appliance.optimizers import find_rate, warm_up
from appliance.streams import draw_permutation
from appliance.training.accumulation import find_share
from appliance.training.checkpointing import NOTHING
from appliance.training.diagnosis import describe_failure, find_failure
from appliance.training.evaluation import evaluate, list_batches
from appliance.training.record import EpochRow
from appliance.training.shares import gather_rows, read_shares
from appliance.training.state import TrainingState
from appliance.training.trainer import Trainer, make_trainer
from verify.conformance.shapes import list_shapes
from verify.digests import digest_arrays
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.data.rows import Rows
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.operations import Operations
    from appliance.numerics.plans import Observer, Plan, Tap
    from appliance.training.checkpointing import Checkpoints
    from appliance.training.evaluation import Evaluation
    from appliance.training.shares import Share
    from appliance.training.tracing import TrainingTrace
    from appliance.training.watching import Watcher
    from verify.conformance.freivalds import ExactChecker
    from verify.conformance.shapes import ProductShape

    Bytes = NDArray[np.uint8]
    Indices = NDArray[np.intp]
    Progress = Callable[[int, int, int], None]


def select_features(trainer: Trainer, dataset: Dataset) -> tuple[Rows, Indices | None]:
    """Return the training rows without unused columns, and the columns that they hold.

    Where the arithmetic or the optimizer cannot leave columns out, the rows are whole and the columns None.
    """
    if not trainer.network.layers[0].skips_zero_inputs or trainer.optimizer.moves_without_gradient:
        return dataset.train_features, None
    columns = dataset.train_features.find_used_columns()
    return dataset.train_features.select_columns(columns), columns


class Training:
    """One training of a configuration on its data, which can be left and taken up after any step.

    Args:
        config: what to train.
        dataset: the data of the configuration.
        portable: portable arithmetic; False for plain NumPy.
        micro_batches: in how many parts every batch is taken; see `Trainer`.
        operations: what plans list their operations from; None for NumPy's.
        checker: checks products and sums of portable arithmetic; None to check none.
        observe: called after every stage of every training step.
        trace: records the training; it observes in the place of `observe`.
        watcher: sees steps and epochs, and may end the training after one.
        exchange: with the other workers, each of which has its own `Training` of the same configuration and data.
        checkpoints: is asked after every step and epoch whether it wants the state; None for no checkpoints.

    Attributes:
        config: what is trained.
        dataset: the data it is trained on.
        trainer: the network with its optimizer.
        history: the rows of the epochs that are done.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of, each by name
        self,
        config: Config,
        dataset: Dataset,
        *,
        portable: bool,
        micro_batches: int = 1,
        operations: Operations | None = None,
        checker: ExactChecker | None = None,
        observe: Observer | Tap | None = None,
        trace: TrainingTrace | None = None,
        watcher: Watcher | None = None,
        exchange: Exchange = ALONE,
        checkpoints: Checkpoints | None = None,
    ) -> None:
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
        self.trainer = make_trainer(config, network, micro_batches=micro_batches, exchange=exchange)
        self.history: list[EpochRow] = []
        self._evaluation: Evaluation | None = None
        self.config = config
        self.dataset = dataset
        self._observe = observe
        self._trace = trace
        self._watcher = watcher
        self._exchange = exchange
        self._checkpoints = checkpoints
        self._features, self._columns = select_features(self.trainer, dataset)
        if watcher is not None and watcher.sees_steps:
            self._features, self._columns = dataset.train_features, None
        self._epoch, self._step = 1, 0
        self._terms: tuple[NDArray[Any], ...] = ()

    @property
    def parameters(self) -> dict[str, NDArray[np.floating[Any]]]:
        """The live parameters and buffers by name."""
        return self.trainer.network.arrays()

    def run(self, progress: Progress | None = None) -> None:
        """Train to the end.

        Args:
            progress: called with (epoch, samples of the step, samples of an epoch) after every step.

        Raises:
            NonFiniteError: naming epoch, step and tensor of the first value that is not finite.
        """
        for _ in self.steps(progress):
            pass

    def steps(self, progress: Progress | None = None) -> Iterator[tuple[int, int]]:
        """Train and yield (epoch, step) after every step; at each of them the state can be captured.

        Raises:
            NonFiniteError: as for `run`.
        """
        while self._step or (self._epoch <= self.config.training.epochs and not self._has_stopped()):
            yield from self._train_epoch(progress)
            self._finish_epoch()
            if self._checkpoints is not None:
                self._keep_state(self._checkpoints, 0)

    def _keep_state(self, checkpoints: Checkpoints, steps: int) -> None:
        """Give the state to the checkpoints, if they want it after so many more steps.

        All workers ask after the same steps and take the largest demand, so that they keep a state or end together.
        """
        demand = self._exchange.agree(checkpoints.find_demand(steps))
        if demand != NOTHING:
            checkpoints.keep(self.capture(), demand)

    def _has_stopped(self) -> bool:
        """Return whether the watcher of any worker ends the training."""
        return self._watcher is not None and bool(self._exchange.agree(int(self._watcher.has_stopped)))

    def list_shapes(self) -> list[ProductShape]:
        """Return shapes and layouts of the products that this worker's steps and evaluation will make."""
        count, size = len(self.dataset.train_labels), self.config.training.batch_size
        plans: list[Plan] = []
        with self.trainer.select_columns(self._columns):
            for rows in {min(size, count): None, count % size: None}:
                start, stop = self._find_share(rows)
                if stop - start < rows:
                    plans += self.trainer.passes.list_part_plans(stop - start, rows, start)
                elif rows:
                    plans += self.trainer.passes.list_plans(rows)
        start, stop = self._find_share(len(self.dataset.test_labels))
        plans += [self.trainer.forward.plan(rows).plan for rows in list_batches(stop - start)]
        calls = [call for plan in plans for call in plan.find_calls("matmul")]
        return list_shapes([(call.arguments[0], call.arguments[1], call.arguments[2]) for call in calls])

    def _find_share(self, count: int) -> tuple[int, int]:
        """Return which of so many samples this worker has."""
        return find_share(count, self._exchange.index, self._exchange.count)

    def capture(self) -> TrainingState:
        """Return the state after the last step as a value of its own; all workers call it after the same step."""
        done = min(self._step * self.config.training.batch_size, len(self.dataset.train_labels))
        trace, watcher = self._trace, self._watcher
        state = TrainingState(
            epoch=self._epoch,
            step=self._step,
            arrays=self.trainer.capture(),
            terms=tuple(values[:done] for values in self._join_terms()),
            history=tuple(self.history),
            generators=capture_generators(),
            watcher=None if watcher is None else watcher.capture(),
            trace=None if trace is None else trace.capture(),
        )
        if trace is not None and self._step:
            trace.follow_epoch(self._epoch, self._step)  # the arrays may be other ones now
        return state

    def restore(self, state: TrainingState) -> None:
        """Go on from a captured state of a training of the same configuration and data.

        This is the last thing to do before the training goes on: what constructors draw from global generators does not
        count. A trace goes on where its recorder is.

        Raises:
            UsageError: the state belongs to another configuration.
        """
        self.trainer.restore(state.arrays)
        self._epoch, self._step, self.history = state.epoch, state.step, list(state.history)
        self._terms, self._evaluation = (), None
        if state.step:
            self._terms = tuple(np.zeros(len(self.dataset.train_labels)) for _ in state.terms)
            for values, done in zip(self._terms, state.terms, strict=True):
                values[: len(done)] = done if self._exchange.index == 0 else 0.0
        if self._watcher is not None and state.watcher is not None:
            self._watcher.restore(state.watcher)
        if state.generators is not None:
            restore_generators(state.generators)

    def evaluate(self) -> Evaluation:
        """Return the network's answers on the test data after the last epoch."""
        if self._evaluation is None:
            dataset = self.dataset
            self._evaluation = evaluate(
                self.trainer.forward, dataset.test_features, dataset.test_labels, self._exchange
            )
        return self._evaluation

    def _train_epoch(self, progress: Progress | None) -> Iterator[tuple[int, int]]:
        """Go through the training data in the order of stream ("shuffle", epoch), from the current step on."""
        config, labels, epoch = self.config, self.dataset.train_labels, self._epoch
        count, size = len(labels), config.training.batch_size
        order = draw_permutation(count, config.seed, "shuffle", epoch)
        rate = find_rate(config.optimizer, epoch, config.training.epochs)
        self.trainer.forward.epoch.fill(epoch)
        if not self._step:
            self.trainer.reset_bounds()
        done = self._step * size
        with self.trainer.select_columns(self._columns):
            if self._trace is not None and self._step:
                self._trace.follow_epoch(epoch, self._step)
            elif self._trace is not None:
                self._trace.begin_epoch(epoch, order, rate)
            shares = read_shares(self._features, labels, order[done:], size, self._exchange)
            for first, share in zip(range(done, count, size), shares, strict=True):
                step = (epoch - 1) * -(-count // size) + self._step + 1
                self._take_step(share, done, order[first : first + size], warm_up(config.optimizer, rate, step))
                if progress:
                    progress(epoch, share.samples.batch_size, count)
                if self._checkpoints is not None:
                    self._keep_state(self._checkpoints, 1)
                yield epoch, self._step
            self._check_terms(order, size)

    def _take_step(self, share: Share, done: int, numbers: Indices, rate: float) -> None:
        """Take a step on this worker's share of the batch of samples with these numbers."""
        samples = share.samples
        trace = self._trace if self._trace is not None and self._trace.records_steps else None
        if trace is not None:
            trace.begin_step(samples.features, samples.labels)
        try:
            terms = self.trainer.step(samples, rate, self._observe if trace is None else trace)
        except NonFiniteError as error:
            raise self._explain(numbers, self._step + 1) from error
        if trace is not None:
            trace.end_step(terms)
        if not self._step:
            self._terms = tuple(np.zeros(len(self.dataset.train_labels)) for _ in terms)
        if self._exchange.index == 0 or not share.is_whole:
            for values, found in zip(self._terms, terms, strict=True):
                values[done + share.start : done + share.stop] = found
        self._step += 1
        if self._watcher is not None and self._watcher.sees_steps:
            loss = partial(self.trainer.network.loss.average, self._gather(terms, share))
            self._watcher.see_step(self._epoch, self._step, loss, self.parameters)

    def _gather(self, terms: tuple[NDArray[Any], ...], share: Share) -> tuple[NDArray[Any], ...]:
        """Return the terms of a whole batch."""
        samples = share.samples
        return terms if share.is_whole else gather_rows(terms, samples.start, samples.batch_size, self._exchange)

    def _join_terms(self) -> tuple[NDArray[Any], ...]:
        """Return the terms of all samples of this epoch so far; each worker has those of its own."""
        return gather_rows(self._terms, 0, len(self.dataset.train_labels), self._exchange)

    def _check_terms(self, order: Indices, size: int) -> None:
        """Refuse an epoch in which the loss of a sample was not finite."""
        self._terms = self._join_terms()
        finite = np.logical_and.reduce([np.isfinite(values) for values in self._terms])
        lost = np.flatnonzero(~finite)
        if lost.size:
            raise self._explain(order[:size], int(lost[0]) // size + 1)

    def _explain(self, numbers: Indices, step: int) -> NonFiniteError:
        """Return the error for a batch of samples with these numbers, which is computed whole here."""
        features = next(self._features.read_batches(numbers, len(numbers)))
        name = find_failure(self.trainer, features, self.dataset.train_labels[numbers])
        return describe_failure(f"epoch {self._epoch}, step {step}, {name}")

    def _finish_epoch(self) -> None:
        """Evaluate, and add the row of the epoch to the history."""
        epoch, dataset = self._epoch, self.dataset
        train_loss = self.trainer.network.loss.average(self._terms)
        lost = self.trainer.find_non_finite()
        if lost:
            raise describe_failure(f"the end of epoch {epoch}, {lost}")
        try:
            evaluation = evaluate(self.trainer.forward, dataset.test_features, dataset.test_labels, self._exchange)
        except NonFiniteError as error:
            raise describe_failure(f"the evaluation after epoch {epoch}") from error
        row = EpochRow(
            epoch=epoch,
            train_loss=train_loss,
            test_loss=evaluation.loss,
            **{f"test_{name}": value for name, value in evaluation.scores.items()},
            weights=digest_arrays(self.parameters),
        )
        self.history.append(row)
        if self._trace is not None:
            self._trace.end_epoch(row, evaluation)
        if self._watcher is not None:
            self._watcher.see_epoch(row, self.parameters)
        self._evaluation, self._epoch, self._step = evaluation, epoch + 1, 0
