"""A training: epochs of minibatches, each followed by an evaluation; its state can be captured after any step.

Part of bits 2. What it begins with is in `preparation`, a step in `trainer`, the loss of an epoch in `epoch_terms`, its
evaluation in `epoch_end`, and the state as a value in `state`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from appliance.launch.generators import capture_generators, restore_generators
from appliance.numerics.exchange import ALONE
from appliance.optimizers import find_rate, warm_up
from appliance.streams import draw_permutation
from appliance.training.checkpointing import NOTHING
from appliance.training.diagnosis import explain_batch
from appliance.training.epoch_end import end_epoch
from appliance.training.epoch_terms import EpochTerms, gather_terms
from appliance.training.evaluation import evaluate
from appliance.training.fitting import require_fitting, require_weights
from appliance.training.preparation import build_trainer, list_shapes_of_training, select_features
from appliance.training.shares import read_shares
from appliance.training.state import TrainingState
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.data import Dataset
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.operations import Operations
    from appliance.numerics.plans import Observer, Tap
    from appliance.training.checkpointing import Checkpoints
    from appliance.training.evaluation import Evaluation
    from appliance.training.record import EpochRow
    from appliance.training.shares import Share
    from appliance.training.tracing import TrainingTrace
    from appliance.training.watching import Watcher
    from verify.conformance.freivalds import ExactChecker
    from verify.conformance.shapes import ProductShape

    Indices = NDArray[np.intp]
    Progress = Callable[[int, int, int], None]


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
        self.trainer = build_trainer(
            config,
            dataset,
            portable=portable,
            micro_batches=micro_batches,
            operations=operations,
            checker=checker,
            exchange=exchange,
        )
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
        self._terms = EpochTerms(len(dataset.train_labels), exchange)

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
        return list_shapes_of_training(self.trainer, self._columns, self.dataset, self.config, self._exchange)

    def capture(self) -> TrainingState:
        """Return the state after the last step as a value of its own; all workers call it after the same step."""
        done = min(self._step * self.config.training.batch_size, len(self.dataset.train_labels))
        trace, watcher = self._trace, self._watcher
        state = TrainingState(
            epoch=self._epoch,
            step=self._step,
            arrays=self.trainer.capture(),
            terms=self._terms.capture(done),
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
            UsageError: the state cannot be one of this training.
        """
        require_fitting(state, self.config, len(self.dataset.train_labels), self.trainer.network.loss.term_count)
        self.trainer.restore(state.arrays)
        require_weights(state, self.parameters)
        self._epoch, self._step, self.history = state.epoch, state.step, list(state.history)
        self._evaluation = None
        self._terms.restore(state.terms)
        if self._watcher is not None and state.watcher is not None:
            self._watcher.restore(state.watcher)
        if state.generators is not None:
            restore_generators(state.generators)

    def evaluate(self) -> Evaluation:
        """Return the network's answers on the test data after the last epoch."""
        if self._evaluation is None:
            features, labels = self.dataset.test_features, self.dataset.test_labels
            self._evaluation = evaluate(self.trainer.forward, features, labels, self._exchange)
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
            self._terms.begin(len(terms))
        self._terms.put(terms, share, done)
        self._step += 1
        if self._watcher is not None and self._watcher.sees_steps:
            loss = partial(self.trainer.network.loss.average, gather_terms(terms, share, self._exchange))
            self._watcher.see_step(self._epoch, self._step, loss, self.parameters)

    def _check_terms(self, order: Indices, size: int) -> None:
        """Refuse an epoch in which the loss of a sample was not finite."""
        lost = self._terms.join_and_find_lost()
        if lost is not None:
            raise self._explain(order[:size], lost // size + 1)

    def _explain(self, numbers: Indices, step: int) -> NonFiniteError:
        """Return the error for a batch of samples with these numbers, which is computed whole here."""
        features = next(self._features.read_batches(numbers, len(numbers)))
        return explain_batch(self.trainer, features, self.dataset.train_labels[numbers], self._epoch, step)

    def _finish_epoch(self) -> None:
        """Evaluate, and add the row of the epoch to the history."""
        row, evaluation = end_epoch(self.trainer, self.dataset, self._epoch, self._terms.arrays, self._exchange)
        self.history.append(row)
        if self._trace is not None:
            self._trace.end_epoch(row, evaluation)
        if self._watcher is not None:
            self._watcher.see_epoch(row, self.parameters)
        self._evaluation, self._epoch, self._step = evaluation, self._epoch + 1, 0
