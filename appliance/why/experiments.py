"""Two experiments that answer which side's result a world gives: the operation alone, and the whole program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import attrs

from appliance.why.beginning import find_event
from appliance.why.states import Setup, list_different, replace_states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from appliance.vary.axis import Launch
    from appliance.why.alone import Operation
    from appliance.why.programs import Subject
    from verify.files.trace import Event, EventId
    from verify.judging.traces.differences import EventDifference

    Key = tuple[str, ...]

PROGRAM = "program"
"""Stands among the axes for the program itself: its text, its arguments, its files."""
Answer = Literal["a", "b", "other", "failed"]
SIDES: tuple[Literal[0], Literal[1]] = (0, 1)


class Experiment(Protocol):
    """Asks which side's result is seen in a world."""

    @property
    def title(self) -> str:
        """What is run."""

    def observe(self, side: int, flipped: Iterable[str], change: Callable[[Launch], Launch] | None = None) -> Answer:
        """Return which side's result is seen.

        Args:
            side: 0 or 1: the side from which everything is taken.
            flipped: the axes that are taken from the other side.
            change: a further change of the launch.
        """


@attrs.define(kw_only=True)
class Sides:
    """Both sides of a comparison.

    Args:
        programs: what can be run again.
        setups: their worlds.
        first: the event at which they differ.
    """

    programs: tuple[Subject, Subject]
    setups: tuple[Setup, Setup]
    first: EventDifference | None

    @property
    def axes(self) -> list[str]:
        """In what the sides are unlike: axes, and the program."""
        unlike = [PROGRAM] if self.programs[0].name != self.programs[1].name else []
        return [*list_different(*self.setups), *unlike]

    def plan(self, side: int, flipped: Iterable[str]) -> tuple[Subject, Setup]:
        """Return the program and the world of one side, with some axes of the other."""
        axes = set(flipped)
        program = self.programs[1 - side if PROGRAM in axes else side]
        world = sorted(axes - {PROGRAM})
        return program, replace_states(self.setups[side], self.setups[1 - side], world)


@attrs.define(kw_only=True)
class Alone:
    """The operation at the origin, with the captured operands.

    Args:
        sides: both sides.
        operations: the operation as it was on each side.
    """

    sides: Sides
    operations: tuple[Operation, Operation]
    title: str = "the operation alone"

    def observe(self, side: int, flipped: Iterable[str], change: Callable[[Launch], Launch] | None = None) -> Answer:
        """Return which side's result the operation gives."""
        _, setup = self.sides.plan(side, flipped)
        found = self.operations[side].run(setup, change)
        return judge(found, *(operation.marks for operation in self.operations))


@attrs.define(kw_only=True)
class Whole:
    """The whole program, of which the first differing event is looked at.

    Args:
        sides: both sides.
        title: what is run.
    """

    sides: Sides
    event: EventId
    keys: tuple[Key, Key]
    title: str = "the whole program"

    def observe(self, side: int, flipped: Iterable[str], change: Callable[[Launch], Launch] | None = None) -> Answer:
        """Return which side's event a run of the program has."""
        return judge(self.read(side, flipped, change), *self.keys)

    def read(self, side: int, flipped: Iterable[str], change: Callable[[Launch], Launch] | None = None) -> Key | None:
        """Return the event of a run of the program; None where it cannot be run."""
        program, setup = self.sides.plan(side, flipped)
        trace = program.run(setup, (), change)
        return None if trace is None else read_key(find_event(trace, self.event))


def judge(found: Key | None, a: Key, b: Key) -> Answer:
    """Return whose result it is."""
    if found is None:
        return "failed"
    return "a" if found == a else "b" if found == b else "other"


def read_key(event: Event | None) -> Key:
    """Return what is compared of an event: everything it was given and has made; nothing where it did not happen."""
    if event is None:
        return ("absent",)
    tensors = [*(event.inputs or ()), *event.outputs]
    return tuple(f"{tensor.name} {tensor.dtype} {list(tensor.shape)} {tensor.fingerprint}" for tensor in tensors)
