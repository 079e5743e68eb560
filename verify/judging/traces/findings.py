"""What is found while the events of two traces pass by: origin, receivers, amplifier, decision, control flow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import attrs

from verify.judging.traces.differences import compare_events, find_role
from verify.judging.traces.growth import Growth

if TYPE_CHECKING:
    from verify.files.trace import EventId
    from verify.judging.traces.alignment import Pair, Split
    from verify.judging.traces.differences import EventDifference
    from verify.judging.traces.growth import GrowthRow

_KEPT = 20
_MOST_STAGES = 10_000
_SIZED = re.compile(rb'"(?:chunks|value)":')


@attrs.define(kw_only=True)
class StageRow:
    """A stage that passes a difference on: where it does so first, and how often."""

    stage: str
    first: EventId
    count: int = 1


@attrs.frozen(kw_only=True)
class Amplifier:
    """The event that makes a difference larger than any other does.

    Args:
        event: the event.
        measure: what grew: the distance of single numbers, or the share of the parts that differ.
        before: in the inputs.
        after: in the outputs.
    """

    event: EventDifference
    measure: Literal["ulp", "share"]
    before: float
    after: float

    @property
    def factor(self) -> float:
        """How much it grew."""
        return self.after / max(self.before, 1e-300)


@attrs.define(kw_only=True)
class Findings:
    """What was found until now.

    Args:
        events: how many events both traces have.
        tensors: how many tensors of one side were compared.
        differing: how many events have other outputs.
        moved: how many events stand in another place of the order.
        first: the first event that differs in value and has an effect.
        idle: the first event with other inputs and equal outputs.
        origins: events with equal inputs and other outputs, the first of them.
        receivers: stages that pass a difference on, the first of them.
        absorbed: how many events had other inputs and equal outputs.
        order: the first event in which only the order in memory differs.
        decision: the first decision that differs.
        output: the first output of the program that differs.
        amplifier: the event that makes the difference larger than any other.
        splits: the places where the programs did different things, the first of them.
        only_a: how many events only the first trace has.
        only_b: how many events only the second has.
        split_first: whether such a place came before any other value.
        gave_up: whether the rest was not compared.
    """

    events: int = 0
    tensors: int = 0
    differing: int = 0
    moved: int = 0
    first: EventDifference | None = None
    idle: EventDifference | None = None
    origins: list[EventDifference] = attrs.field(factory=list)
    origin_count: int = 0
    receivers: dict[str, StageRow] = attrs.field(factory=dict)
    absorbed: int = 0
    order: EventDifference | None = None
    decision: EventDifference | None = None
    output: EventDifference | None = None
    amplifier: Amplifier | None = None
    splits: list[Split] = attrs.field(factory=list)
    only_a: int = 0
    only_b: int = 0
    split_first: bool = False
    gave_up: bool = False
    _growth: Growth = attrs.field(factory=Growth)

    @property
    def growth(self) -> tuple[GrowthRow, ...]:
        """How many events differ in each step."""
        return self._growth.rows

    def add_split(self, split: Split) -> None:
        """Take in a place where the programs did different things."""
        self.split_first = self.split_first or (self.first is None and not self.splits)
        if len(self.splits) < _KEPT:
            self.splits.append(split)
        self.only_a += split.count_a
        self.only_b += split.count_b
        self.gave_up = self.gave_up or split.gave_up

    def add_pair(self, pair: Pair) -> None:
        """Take in one event that both traces have."""
        self.events += 1
        self.tensors += pair.a.raw.count(b'"fingerprint":')
        self.moved += pair.moved
        role = find_role(pair.a, pair.b)
        differs = role in ("origin", "receiver")
        if role is None or (role == "receiver" and self._is_plain(pair)):
            self._growth.add(pair.a.id, differs=differs, ulp=None)
            return
        found = compare_events(pair.a, pair.b)
        ulp = max((row.ulp or 0 for row in found.outputs), default=0) if differs else 0
        self._growth.add(pair.a.id, differs=differs, ulp=ulp or None)
        self._take_in(found, ulp)

    def _is_plain(self, pair: Pair) -> bool:
        """Count a receiver of a known stage that tells no size of the difference, which most events are."""
        row = self.receivers.get(pair.a.id.stage)
        if row is None or _SIZED.search(pair.a.raw) or pair.a.kind in (b"decision", b"output"):
            return False
        row.count += 1
        self.differing += 1
        return True

    def _take_in(self, found: EventDifference, ulp: int) -> None:
        if found.role == "order":
            self.order = self.order or found
            return
        if found.role == "absorber" and not found.sets:
            self.idle = self.idle or found
            self.absorbed += 1
            return
        self.first = self.first or found
        if found.role == "absorber":
            return
        self.differing += 1
        if found.ordered:
            self.order = self.order or found
        if found.a.kind == "decision":
            self.decision = self.decision or found
        if found.a.kind == "output":
            self.output = self.output or found
        if found.role == "origin":
            if not found.exact and found is not self.first:
                return
            self.origin_count += 1
            if len(self.origins) < _KEPT:
                self.origins.append(found)
        else:
            self._receive(found, ulp)

    def _receive(self, found: EventDifference, ulp: int) -> None:
        row = self.receivers.get(found.a.stage)
        if row is not None:
            row.count += 1
        elif len(self.receivers) < _MOST_STAGES:
            self.receivers[found.a.stage] = StageRow(stage=found.a.stage, first=found.a.id)
        grown = _measure_growth(found, ulp)
        if grown is not None and (self.amplifier is None or grown.factor > self.amplifier.factor):
            self.amplifier = grown


def _measure_growth(found: EventDifference, ulp: int) -> Amplifier | None:
    """Return how much an event makes a difference grow, where single numbers or parts of tensors tell it."""
    before = max((row.ulp or 0 for row in found.inputs), default=0)
    if before and ulp > before:
        return Amplifier(event=found, measure="ulp", before=before, after=ulp)
    shares = [
        max((len(row.chunks) / len(row.a.chunks) for row in rows if row.a is not None and row.chunks), default=0.0)
        for rows in (found.inputs, found.outputs)
    ]
    if shares[0] and shares[1] > shares[0]:
        return Amplifier(event=found, measure="share", before=shares[0], after=shares[1])
    return None
