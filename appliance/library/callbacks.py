"""Callbacks: a user's functions that see a training while it runs."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from appliance.checkpoints.values import encode
from appliance.config.kinds import describe_kind
from appliance.training.state import WatcherState
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from verify.files.record import EpochRow

    Parameters = Mapping[str, NDArray[np.floating[Any]]]
    Stop = Callable[[], None]


@attrs.frozen(kw_only=True, eq=False)
class Step:
    """What a callback sees after a step.

    Attributes:
        epoch: the epoch, counted from 1.
        number: the step in the epoch, counted from 1.
        parameters: the parameters after the step by name, as read-only views: copy what you keep.
        stop: call it to end the training with this epoch.
    """

    epoch: int
    number: int
    parameters: Parameters
    stop: Stop
    _loss: Callable[[], float]

    @property
    def loss(self) -> float:
        """The mean loss of the batch, before the step."""
        return self._loss()


@attrs.frozen(kw_only=True, eq=False)
class Epoch:
    """What a callback sees after an epoch and its evaluation.

    Attributes:
        number: the epoch, counted from 1.
        train_loss, test_loss: as in the history.
        test_accuracy: as in the history; None in a regression.
        test_mean_absolute_error: as in the history; None for classes.
        parameters: the parameters by name, as read-only views: copy what you keep.
        stop: call it to end the training now.
    """

    number: int
    train_loss: float
    test_loss: float
    test_accuracy: float | None
    test_mean_absolute_error: float | None
    parameters: Parameters
    stop: Stop


class Callback:
    """Base class of callbacks; override one method or both.

    `epoch` has number, train_loss, test_loss, test_accuracy (None in a regression), test_mean_absolute_error (None for
    classes), parameters by name, and `stop`; `step` has epoch, number, loss, parameters and `stop`.

    They see the training and change no bit of it. `stop()` ends it with the epoch in progress; the record then has
    fewer epochs. Where losses decide this, it ends in the same epoch on every machine; time would not.

    >>> class Patience(Callback):
    ...     def on_epoch(self, epoch):
    ...         if epoch.test_accuracy > 0.9:
    ...             epoch.stop()
    """

    def on_step(self, step: Step) -> None:
        """Is called after every step; that costs time, so it is called only where it is overridden."""

    def on_epoch(self, epoch: Epoch) -> None:
        """Is called after every epoch."""

    def capture(self) -> Mapping[str, Any] | None:
        """Return by name what this callback carries from step to step, for a checkpoint; None for nothing.

        Numbers, texts, truth values, arrays of them, and lists, tuples and dicts of all these can be kept; values of
        other types are refused when a checkpoint is written.
        """
        return None

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `capture` returned in an earlier process."""


class CallbackWatcher:
    """Tells callbacks what a training does.

    Args:
        callbacks: of the class `Callback`, or functions, which are called after every epoch.

    Raises:
        UsageError: they are no list, or one is neither.
    """

    def __init__(self, callbacks: Sequence[Callback | Callable[[Epoch], object]]) -> None:
        callbacks = _list_callbacks(callbacks)
        objects = [callback for callback in callbacks if isinstance(callback, Callback)]
        self._callbacks = callbacks
        self._on_step = [one.on_step for one in objects if type(one).on_step is not Callback.on_step]
        self._on_epoch = [one.on_epoch if isinstance(one, Callback) else one for one in callbacks]
        self.sees_steps = bool(self._on_step)
        self.has_stopped = False

    def capture(self) -> WatcherState:
        """Return copies of what the callbacks carry."""
        given = tuple(_copy_carried(number, one) for number, one in enumerate(self._callbacks))
        return WatcherState(stopped=self.has_stopped, callbacks=given, names=self._names())

    def _names(self) -> tuple[str, ...]:
        return tuple(type(one).__qualname__ if isinstance(one, Callback) else "a function" for one in self._callbacks)

    def restore(self, state: WatcherState) -> None:
        """Give the callbacks what they carried.

        Raises:
            UsageError: there were other callbacks.
        """
        names, kept = self._names(), state.names or ("a callback",) * len(state.callbacks)
        pairs = zip(names, state.names, state.callbacks, strict=False)
        if len(names) != len(state.callbacks) or any(now != then for now, then, given in pairs if given is not None):
            raise UsageError(
                "the state belongs to a program with other callbacks",
                expected=", ".join(kept) or "none",
                found=", ".join(names) or "none",
                where="callbacks",
                remedy="give the same callbacks in the same order, or begin again without resume",
            )
        self.has_stopped = state.stopped
        for callback, given in zip(self._callbacks, state.callbacks, strict=True):
            if given is not None and isinstance(callback, Callback):
                callback.restore(copy.deepcopy(given))

    def _stop(self) -> None:
        self.has_stopped = True

    def see_step(self, epoch: int, step: int, loss: Callable[[], float], parameters: Parameters) -> None:
        """Tell everyone about a step."""
        seen = Step(epoch=epoch, number=step, loss=loss, parameters=_view(parameters), stop=self._stop)
        for call in self._on_step:
            call(seen)

    def see_epoch(self, row: EpochRow, parameters: Parameters) -> None:
        """Tell everyone about an epoch."""
        seen = Epoch(
            number=row.epoch,
            train_loss=row.train_loss,
            test_loss=row.test_loss,
            test_accuracy=row.test_accuracy,
            test_mean_absolute_error=row.test_mean_absolute_error,
            parameters=_view(parameters),
            stop=self._stop,
        )
        for call in self._on_epoch:
            call(seen)


def _copy_carried(number: int, callback: object) -> dict[str, Any] | None:
    """Return a copy of what a callback carries; None for nothing.

    Raises:
        UsageError: it cannot be copied, or is no dict.
    """
    given = callback.capture() if isinstance(callback, Callback) else None
    if given is None:
        return None
    where = f"callbacks[{number}]"
    if not isinstance(given, Mapping):
        title, expected = "a callback's capture() returned what cannot be kept", "a dict, or None for nothing"
        raise UsageError(title, expected=expected, found=describe_kind(given), where=where)
    try:
        return copy.deepcopy(dict(given))
    except Exception:
        encode(dict(given), {}, where)  # tells what it is that cannot be copied
        raise


def _view(parameters: Parameters) -> Parameters:
    """Return views that cannot be written to."""
    views = {name: array.view() for name, array in parameters.items()}
    for view in views.values():
        view.flags.writeable = False
    return MappingProxyType(views)


def _list_callbacks(callbacks: object) -> tuple[Any, ...]:
    """Return all callbacks; refuse what cannot be called after an epoch, such as a class in the place of an object."""
    title, each = "a callback cannot be called", "an object of a class made from Callback, or a function"
    if not isinstance(callbacks, Iterable):
        found = describe_kind(callbacks)
        raise UsageError(title, expected=f"a list; each entry is {each}", found=found, where="callbacks")
    listed = tuple(callbacks)
    for number, one in enumerate(listed):
        is_class = isinstance(one, type) and issubclass(one, Callback)
        if is_class or not (callable(one) or isinstance(one, Callback)):
            raise UsageError(title, expected=each, found=describe_kind(one), where=f"callbacks[{number}]")
    return listed
