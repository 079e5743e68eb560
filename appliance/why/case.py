"""Two traces that differ, their programs and worlds, and both programs run again with captures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.why.alone import Operation
from appliance.why.beginning import find_event
from appliance.why.experiments import Sides, Whole, read_key
from verify.files.arrays import list_arrays, load_array
from verify.judging.arrays import compare_pair

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.why.beginning import Beginning
    from verify.files.trace import Event, EventId
    from verify.files.traces import Trace
    from verify.judging.arrays import ArrayDifference


@attrs.define(kw_only=True)
class Replay:
    """A side run again as it was.

    Args:
        trace: the trace of that run; None where the program could not be run.
        event: the event that is looked at.
        repeats: whether it is as it was recorded.
    """

    trace: Trace | None = None
    event: Event | None = None
    repeats: bool = False

    @property
    def operands(self) -> Path | None:
        """The file with its operands."""
        return None if self.trace is None or self.event is None else self.trace.find_operands(self.event.n)


@attrs.define(kw_only=True)
class Case:
    """All that is known of two traces that differ.

    Args:
        traces: the two traces, as recorded.
        sides: their programs and worlds.
        beginning: what differs first.
        scratch: a directory for files.
        environment: the variables of this process, without those that name a world.
    """

    traces: tuple[Trace, Trace]
    sides: Sides
    beginning: Beginning
    scratch: Path
    environment: Mapping[str, str]
    replays: tuple[Replay, Replay] = attrs.field(factory=lambda: (Replay(), Replay()))
    elements: Mapping[str, ArrayDifference] = attrs.field(factory=dict)

    @property
    def wanted(self) -> EventId | None:
        """The event that is looked at."""
        if self.beginning.split is None and self.beginning.first is not None:
            return self.beginning.first.a.id
        split = self.beginning.split
        return None if split is None else next(iter((*split.a, *split.b)), None)

    @property
    def recorded(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What was recorded of that event on both sides."""
        wanted = self.wanted
        first = self.beginning.first
        if first is not None and self.beginning.split is None:
            return read_key(first.a), read_key(first.b)
        keys = [read_key(None if wanted is None else find_event(trace, wanted)) for trace in self.traces]
        return keys[0], keys[1]

    @property
    def edited(self) -> bool:
        """Whether the text of the program was not the same when the two traces were recorded."""
        digests = [trace.header.extra.get("program") for trace in self.traces]
        return bool(digests[0]) and bool(digests[1]) and digests[0] != digests[1]

    def replay(self) -> None:
        """Run both sides again, keep the operands, and compare them."""
        wanted = self.wanted
        if wanted is None:
            return
        self.replays = self._replay(0, wanted), self._replay(1, wanted)
        self.compare_operands()

    def compare_operands(self) -> None:
        """Compare the operands of both replays."""
        paths = [replay.operands for replay in self.replays]
        if paths[0] is None or paths[1] is None:
            return
        found = [{name: load_array(path, name) for name in list_arrays(path)} for path in paths if path is not None]
        rows = [compare_pair(name, found[0].get(name), found[1].get(name)) for name in sorted({*found[0], *found[1]})]
        self.elements = {row.tensor: row for row in rows if row is not None}

    def _replay(self, side: int, wanted: EventId) -> Replay:
        trace = self.sides.programs[side].run(self.sides.setups[side], [wanted])
        if trace is None:
            return Replay()
        event = find_event(trace, wanted)
        return Replay(trace=trace, event=event, repeats=read_key(event) == self.recorded[side])

    @property
    def whole(self) -> Whole | None:
        """The experiment with whole programs."""
        wanted = self.wanted
        return None if wanted is None else Whole(sides=self.sides, event=wanted, keys=self.recorded)

    def take_operation(self, side: int) -> Operation | None:
        """Return the operation at the origin with the operands of one side; None where they were not captured."""
        event = self.replays[side].event
        operands = self.replays[side].operands
        first = self.beginning.first
        if event is None or operands is None or first is None or not event.inputs:
            return None
        recorded = (first.a, first.b)[side]
        return Operation(
            event=attrs.evolve(recorded, n=event.n),
            operands=operands,
            scratch=self.scratch / f"operation-{side}",
            environment=self.environment,
        )
