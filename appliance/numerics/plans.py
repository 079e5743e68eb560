"""Plans: operations on fixed arrays, listed once in named stages and run at every step.

A training step on small arrays spends more time in Python, between the operations, than in them; a listed operation
costs little more than its work. Functions that can be listed take `do` and pass it each of their operations: a `Plan`
keeps the operation for later, `NOW` carries it out at once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import attrs

from appliance.numerics.operations import PORTABLE
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from appliance.numerics.operations import Operation, Operations
    from verify.conformance.freivalds import ExactChecker

    Array = NDArray[Any]
    Observer = Callable[["Stage"], None]
    Calls = list[Callable[[], object]]


class Do(Protocol):
    """Carries out an operation now, or keeps it in a plan."""

    def __call__(self, operation: Operation, /, *arguments: object, **named: object) -> None:
        """Take one operation of the table; its result lies in one of the arguments."""

    def host(self, function: Callable[..., object], /, *arguments: object) -> None:
        """Take one Python function that reads arrays to choose numbers, such as a grid."""


class Immediate:
    """Carries out each operation at once.

    Args:
        operations: the table that gives each operation its function.
        checker: checks every product and sum; None to check none.
    """

    def __init__(self, operations: Operations, checker: ExactChecker | None = None) -> None:
        self._operations = operations
        self._checker = checker

    def __call__(self, operation: Operation, /, *arguments: Any, **named: object) -> None:  # noqa: ANN401 - passed on
        """Carry out one operation.

        Raises:
            CouldNotJudgeError: a checked product or sum is wrong.
        """
        self._operations[operation](*arguments, **named)
        if self._checker is not None:
            self._checker.check(operation, arguments)

    def host(self, function: Callable[..., object], /, *arguments: object) -> None:
        """Call a Python function."""
        function(*arguments)


NOW = Immediate(PORTABLE)


class Tap:
    """Calls that are put behind the operations of a stage; quicker than an observer, which is asked every time."""

    def follow(self, stage: Stage) -> Calls:
        """Return what is called after a stage, at every run while `key` is the same object."""
        raise NotImplementedError(f"what follows {stage.name}")

    @property
    def key(self) -> object:
        """Stands for what the calls of `follow` belong to."""
        return self


class Call(NamedTuple):
    """One listed operation with its arrays; `operation` is None for a Python function of the host."""

    operation: str | None
    function: Callable[..., object]
    arguments: tuple[Any, ...]
    named: dict[str, Any]


@attrs.frozen(kw_only=True, eq=False)
class Stage:
    """A named part of a plan.

    Attributes:
        name: such as "dense_1.forward"; unique in a plan.
        calls: the operations, in order.
        outputs: what the stage computes, by name. Arrays are overwritten by later stages and by the next run.
        flat: the operations with their arguments, ready to be called.
    """

    name: str
    calls: list[Call] = attrs.field(factory=list)
    outputs: dict[str, Array] = attrs.field(factory=dict)
    flat: Calls = attrs.field(factory=list)


class Plan:
    """Stages of listed operations; `run` carries them out in order.

    Arrays are kept, not copied: a plan reads what they hold when it runs.

    Args:
        operations: the table that gives each operation its function.
        checker: checks products and sums of the first run, or of every run; None to check none.
    """

    def __init__(self, operations: Operations = PORTABLE, checker: ExactChecker | None = None) -> None:
        self._operations = operations
        self._checker = checker
        self._ran = False
        self._flat: Calls = []
        self._tapped: tuple[object, list[Calls]] = (None, [])
        self._joined: Calls = []
        self.stages: list[Stage] = []

    def begin(self, name: str) -> Stage:
        """Begin a stage and return it; operations and outputs listed from now on belong to it."""
        self.stages.append(Stage(name=name))
        return self.stages[-1]

    def output(self, name: str, array: Array) -> None:
        """Declare an output of the current stage."""
        self._stage.outputs[name] = array

    def __call__(self, operation: Operation, /, *arguments: object, **named: object) -> None:
        """List an operation.

        Raises:
            UsageError: the table does not have it.
        """
        if operation not in self._operations:
            raise UsageError("a plan cannot list this operation", expected=", ".join(self._operations), found=operation)
        self._list(Call(operation, self._operations[operation], arguments, named))

    def host(self, function: Callable[..., object], /, *arguments: object) -> None:
        """List a Python function that reads arrays to choose numbers."""
        self._list(Call(None, function, arguments, {}))

    @property
    def _stage(self) -> Stage:
        if not self.stages:
            self.begin("start")
        return self.stages[-1]

    def _list(self, call: Call) -> None:
        stage = self._stage
        stage.calls.append(call)
        stage.flat.append(partial(call.function, *call.arguments, **call.named))
        self._flat.append(stage.flat[-1])

    def find_calls(self, operation: Operation) -> Iterator[Call]:
        """Yield the listed calls of one operation, in order."""
        yield from (call for stage in self.stages for call in stage.calls if call.operation == operation)

    def run(self, observe: Observer | Tap | None = None) -> None:
        """Carry out all operations; an error of one of them ends the run.

        Args:
            observe: called after each stage, when its outputs hold what it computed. Without it nothing is slower.
                Of a tap the calls that it gave.

        Raises:
            CouldNotJudgeError: a checked product or sum is wrong, so this host cannot give portable results.
        """
        checker = self._checker if self._checker and (self._checker.always or not self._ran) else None
        self._ran = True
        following = self._list_following(observe) if isinstance(observe, Tap) else None
        if checker is None and (observe is None or following is not None):
            for call in self._flat if following is None else self._joined:
                call()
            return
        for number, stage in enumerate(self.stages):
            self._run_checked(stage, checker)
            if following is not None:
                for call in following[number]:
                    call()
            elif observe is not None and not isinstance(observe, Tap):
                observe(stage)

    def _list_following(self, tap: Tap) -> list[Calls]:
        """Return the calls of a tap after every stage."""
        if self._tapped[0] is not tap.key:
            self._tapped = (tap.key, [tap.follow(stage) for stage in self.stages])
            pairs = zip(self.stages, self._tapped[1], strict=True)
            self._joined = [call for stage, calls in pairs for call in (*stage.flat, *calls)]
        return self._tapped[1]

    @staticmethod
    def _run_checked(stage: Stage, checker: ExactChecker | None) -> None:
        for listed, call in zip(stage.calls, stage.flat, strict=True):
            call()
            if checker is not None:
                checker.check(listed.operation, listed.arguments)
