"""Losses, optimizers and schedules in a program of one's own.

Part of bits 2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from appliance.config.own import OWN, Described, describe_own, require_object

if TYPE_CHECKING:
    from appliance.config.own import Table


class OwnLoss(ABC):
    """Base class of a loss in a program of one's own: override `values` and `gradient`.

    The rules are those of `nn.Layer`: portable functions only, and each row from the same row of its arguments only.
    The mean over samples is made by the training, exactly. Labels are class numbers (m,), or targets (m, t) of the type
    of the outputs.

    >>> from appliance import nn
    >>> import numpy as np
    >>> class AbsoluteError(nn.Loss):
    ...     def values(self, outputs, labels):
    ...         return np.abs(outputs - labels)[:, 0]
    ...
    ...     def gradient(self, outputs, labels):
    ...         return np.sign(outputs - labels)
    >>> AbsoluteError().settings()
    {'class': 'AbsoluteError'}
    """

    @abstractmethod
    def values(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401 - users write these without types
        """Return the loss of each sample, (m,), for the outputs (m, c) of the network."""

    @abstractmethod
    def gradient(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401 - as above
        """Return the derivative (m, c) of each sample's loss by its outputs, not divided by the number of samples."""

    def count_outputs(self, classes: int, targets: int) -> int:
        """Return how many outputs the network must have; without this method one for each class or target."""
        return classes or targets

    def settings(self) -> Table:
        """Return what is hashed of this loss."""
        return describe_own(self)


class Step(NamedTuple):
    """A step of a training: its learning rate, of the type of the parameters, and its number, counted from 1."""

    rate: Any
    number: int


class OwnOptimizer(ABC):
    """Base class of an update rule in a program of one's own: override `update`.

    The rule is applied element by element: to parts of a parameter, one after the other, so that nothing may depend on
    the other elements. Use portable functions only.

    Attributes:
        state_names: the names of the arrays, of the parameter's shape and zero at the start, that the rule keeps.
        learning_rate: as given.

    >>> from appliance import nn
    >>> import numpy as np
    >>> class SignDescent(nn.Optimizer):
    ...     state_names = ("velocity",)
    ...
    ...     def update(self, parameter, gradient, state, step):
    ...         state["velocity"][...] = 0.9 * state["velocity"] + gradient
    ...         parameter -= step.rate * np.sign(state["velocity"])
    >>> SignDescent(learning_rate=0.01).settings()
    {'class': 'SignDescent', 'learning_rate': 0.01}
    """

    state_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    @abstractmethod
    def update(self, parameter: Any, gradient: Any, state: Any, step: Step) -> None:  # noqa: ANN401 - as above
        """Change a parameter, or a part of it, in place.

        Args:
            parameter: the array to change.
            gradient: of the mean loss, of the same shape; it may be overwritten.
            state: arrays of the same shape by name, to be changed in place.
            step: the learning rate and the number of the step.
        """

    def rate(self, epoch: int, epochs: int) -> float:  # noqa: ARG002 - for rates that change
        """Return the learning rate of an epoch, counted from 1; without this method it stays as it is."""
        return self.learning_rate

    def settings(self) -> Table:
        """Return what is hashed of this rule."""
        return describe_own(self)


class OwnSchedule(ABC):
    """Base class of a schedule in a program of one's own: override `rate`.

    >>> from appliance import nn
    >>> class Triangle(nn.Schedule):
    ...     def rate(self, rate, epoch, epochs):
    ...         return rate * min(epoch, epochs + 1 - epoch) / epochs
    >>> nn.Adam(learning_rate=0.01, schedule=Triangle()).settings()["schedule"]
    'own'
    """

    tag: ClassVar[str] = OWN

    @abstractmethod
    def rate(self, rate: float, epoch: int, epochs: int) -> float:
        """Return the rate of an epoch, counted from 1; `rate` is the optimizer's. Use + - * / only."""

    def find_lowest(self, rate: float, epochs: int) -> float:
        """Return the lowest rate of all epochs."""
        return min(float(self.rate(rate, epoch, epochs)) for epoch in range(1, epochs + 1))

    def settings(self) -> Table:
        """Return what is hashed of this schedule."""
        return describe_own(self)


class DescribedLoss(OwnLoss):
    """A user's loss as the settings of an earlier run describe it; it cannot compute."""

    def __init__(self, table: Table) -> None:
        self._described = Described(table)

    def settings(self) -> Table:
        """Return the settings that were read."""
        return describe_own(self._described)

    def values(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401, ARG002 - as in the base class
        """Refuse: the loss is in the user's program."""
        require_object(self._described, "the loss")

    def gradient(self, outputs: Any, labels: Any) -> Any:  # noqa: ANN401, ARG002 - as in the base class
        """Refuse: the loss is in the user's program."""
        require_object(self._described, "the loss")


class DescribedOptimizer(OwnOptimizer):
    """A user's update rule as the settings of an earlier run describe it; it cannot compute."""

    def __init__(self, table: Table) -> None:
        rate = table.get("learning_rate")
        super().__init__(learning_rate=float(rate) if isinstance(rate, int | float) else 1.0)
        self._described = Described(table)

    def settings(self) -> Table:
        """Return the settings that were read."""
        return describe_own(self._described)

    def update(self, parameter: Any, gradient: Any, state: Any, step: Step) -> None:  # noqa: ANN401, ARG002 - as above
        """Refuse: the rule is in the user's program."""
        require_object(self._described, "the optimizer")


class DescribedSchedule(OwnSchedule):
    """A user's schedule as the settings of an earlier run describe it; it cannot compute."""

    def __init__(self, table: Table) -> None:
        self._described = Described(table)

    def settings(self) -> Table:
        """Return the settings that were read."""
        return describe_own(self._described)

    def find_lowest(self, rate: float, epochs: int) -> float:  # noqa: ARG002 - as in the base class
        """Return the rate: what the schedule does with it is not known."""
        return rate

    def rate(self, rate: float, epoch: int, epochs: int) -> float:  # noqa: ARG002 - as in the base class
        """Refuse: the schedule is in the user's program."""
        require_object(self._described, "the schedule")
        return rate
