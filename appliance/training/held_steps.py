"""Steps of a trace with lines that are not written yet.

The lines of many steps are written in one pass, which takes less time than one by one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from verify.tracing.prepared import Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from appliance.training.step_text import StepText
    from verify.tracing.prepared import Prepared, Slot
    from verify.tracing.recorder import Recorder

    Array = NDArray[Any]
    Marks = dict[str, str]

HELD = 32
"""Steps that are written together."""
_DIGITS = 16


class StepRows:
    """What steps on one number of rows have in common.

    Attributes:
        staged: the copies of their arrays.
        large: by name, arrays that are too large for a copy.
        samples: the copy of the samples; None where they are not read at every step.
        labels: the copy of the labels.
        last: the copies of the terms of the loss.
        small: the copies of small parameters, each with its array.
        texts: the lines, by the scale of the gradients and by whether all weights are read.
        key: another object once the copies stay where they are.
    """

    def __init__(self) -> None:
        self.key = object()
        self.staged = Staged()
        self.large: dict[str, Prepared] = {}
        self.texts: dict[tuple[bytes, bool], StepText] = {}
        self.samples: Slot | None = None
        self.labels: Slot | None = None
        self.last: list[Slot] = []
        self.small: list[tuple[Slot, Array]] = []
        self._copies: list[Callable[[], object]] = []
        self._sums: NDArray[np.uint64] | None = None
        self._used = 0

    def place(self, name: str, array: Array) -> Slot:
        """Return the place for a copy of an array that may be elsewhere at every step."""
        return self.staged.place(name, np.empty(array.shape, array.dtype))

    def follow(self, name: str, array: Array) -> Callable[[], object]:
        """Return what copies an array that stays in place."""
        slot = self.staged.slots.get(name) or self.staged.place(name, array)
        return partial(np.copyto, slot.view, array) if self.staged.joined else partial(slot.copy, array)

    def copy_last(self, terms: tuple[Array, ...]) -> None:
        """Copy what a step has made in the end: the terms of the loss and small parameters."""
        for slot, term in zip(self.last, terms, strict=True):
            slot.copy(term)
        for copy in self._copies:
            copy()
        for slot, array in () if self._copies else self.small:
            slot.copy(array)

    def read(self, terms: tuple[Array, ...]) -> int:
        """Read all copies at the end of a step, and return the number of this step among those that are held."""
        self.copy_last(terms)
        if self._sums is None:
            self._sums = np.empty((HELD, len(self.staged.names)), np.uint64)
        self.staged.read(self._sums[self._used])
        if not self._copies:
            self.key = object()
            self._copies = [partial(np.copyto, slot.view, array) for slot, array in self.small]
        self._used += 1
        return self._used - 1

    def take_marks(self) -> list[str]:
        """Return the fingerprints of all steps that are held, one after the other, and forget these steps."""
        if self._sums is None:
            return []
        text = self._sums[: self._used].astype(">u8").tobytes().hex()
        self._used = 0
        return [text[start : start + _DIGITS] for start in range(0, len(text), _DIGITS)]


class HeldStep(NamedTuple):
    """A step that was taken.

    Attributes:
        rows: has the fingerprints of its copies.
        place: its number among the steps that are held.
        found: further fingerprints by key.
        text: its lines.
        step: its number in the epoch.
    """

    rows: StepRows
    place: int
    found: Mapping[str, str]
    text: StepText
    step: int


class HeldSteps:
    """Steps that are not written yet.

    Args:
        recorder: where the lines go.

    Attributes:
        marks: the last fingerprint of every array by its key.
        earlier: pairs of keys: of an array, and of the array as it was before the step.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.marks: Marks = {}
        self.earlier: list[tuple[str, str]] = []
        self._recorder = recorder
        self._steps: list[HeldStep] = []
        self._events = 0

    def add(self, step: HeldStep) -> int:
        """Take a step, and return the number that its first event will have."""
        first = self._recorder.next_number + self._events
        self._steps.append(step)
        self._events += len(step.text.events)
        self._recorder.tally.bytes += step.text.size
        return first

    @property
    def full(self) -> bool:
        """Whether the steps are to be written before the next one."""
        return len(self._steps) >= HELD

    def write(self) -> None:
        """Write the lines of all steps that are held."""
        if not self._steps:
            return
        marks, first, lines = self.marks, self._recorder.next_number, []
        found = {rows: rows.take_marks() for rows in dict.fromkeys(one.rows for one in self._steps)}
        for rows, place, more, text, step in self._steps:
            for name, key in self.earlier:
                marks[key] = marks[name]
            if more:
                marks.update(more)
            names = rows.staged.names
            start = place * len(names)
            marks.update(zip(names, found[rows][start : start + len(names)], strict=True))
            lines.append(text.fill(marks, first, step))
            first += len(text.events)
        self._recorder.write_lines("".join(lines).encode("ascii"), self._events)
        self._steps, self._events = [], 0
