"""Decides whether the results of a world are other than the baseline's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.evidence import LIKELY, compute_chance, plan_repeats
from appliance.vary.world import World

if TYPE_CHECKING:
    from appliance.vary.findings import Findings
    from appliance.vary.trial import Laboratory, Trial

_CHECKED = 6  # runs of the base before any difference is followed
_MANY = 20  # runs of the base, and of the world, after a world has differed from itself
_MOST = 60  # runs of the base at most
_DOUBTS = 5  # worlds that are repeated in vain before no further one is
_SPENT = 32  # runs of one world at most while a cause that acts at times is searched


@attrs.define(kw_only=True)
class Oracle:
    """Asks a laboratory, and knows which differences are the program's own.

    Args:
        laboratory: runs worlds.
        findings: gets every world with its results.
        base: the world with which others are compared.
        ignored: outputs that differ in one and the same world.
        usual: the results of the base; more than one if it differs from itself.
        needed: how many runs of a world must all give unusual results; 0 where the base has one result only.
        noisy: worlds that differ from themselves although the base does not.
    """

    laboratory: Laboratory
    findings: Findings
    base: World = attrs.field(factory=World)
    ignored: frozenset[str] = frozenset()
    usual: frozenset[str] = frozenset()
    needed: int = 0
    noisy: set[World] = attrs.field(factory=set)
    _strict: bool = False
    _changed: dict[World, bool] = attrs.field(factory=dict)
    _confirmed: set[str] = attrs.field(factory=set)
    _seen: dict[World, list[str]] = attrs.field(factory=dict)

    def is_noisy(self, world: World) -> bool:
        """Tell whether the runs of a world that were looked at disagree although the base does not differ."""
        return not self.needed and len(set(self._seen.get(world, ()))) > 1

    def compare_with(self, base: World, usual: frozenset[str], needed: int = 0) -> None:
        """Set the base and its results; forget what was decided before."""
        self.base, self.usual, self.needed, self._strict = base, usual, needed, not needed
        self._changed.clear()
        self._confirmed.clear()
        self.noisy.clear()

    def begin_again(self, ignored: frozenset[str] = frozenset()) -> None:
        """Take every result of the baseline as it comes, without some outputs; forget everything but the runs."""
        self.ignored, self._strict = ignored, False
        self._seen.clear()
        self.findings.worlds.clear()

    def sign(self, world: World, repeat: int = 0) -> str:
        """Return the digest of the results of one run; the run is remembered among the classes.

        Raises:
            UnsteadyError: the base, of which one result is known, gives another one.
        """
        known = self._seen.setdefault(world, [])
        while len(known) <= repeat:
            signature = self.laboratory.observe(world, len(known)).sign(self.ignored)
            known.append(signature)
            worlds = self.findings.worlds.setdefault(signature, [])
            if world not in worlds:
                worlds.append(world)
            if self._strict and world == self.base and signature not in self.usual:
                raise UnsteadyError
        return known[repeat]

    def sign_anew(self, world: World) -> str:
        """Return the digest of the results of a run that was not looked at before."""
        return self.sign(world, self.count_runs(world))

    def count_runs(self, world: World) -> int:
        """Return how many runs of a world were looked at."""
        return len(self._seen.get(world, ()))

    def count_unusual(self, world: World, first: int = 0) -> int:
        """Return how many of the runs that were looked at, from one on, gave unusual results."""
        return len([signature for signature in self._seen.get(world, ())[first:] if signature not in self.usual])

    def trial(self, world: World) -> Trial:
        """Return the first run of a world."""
        return self.laboratory.observe(world)

    def repeat_base(self, runs: int) -> None:
        """Look at this many runs of the base."""
        self.sign(self.base, runs - 1)

    def steady(self, world: World, repeats: int) -> bool:
        """Tell whether several runs of a world succeed and agree."""
        first = self.sign(world)
        if self.trial(world).ending:
            return False
        return all(self.sign(world, number) == first for number in range(1, repeats))

    def changed(self, world: World) -> bool:
        """Tell whether a world gives other results than the base; a further run confirms results that are new.

        Raises:
            UnsteadyError: the base differs from itself.
        """
        if world == self.base:
            return False
        if world not in self._changed:
            self._changed[world] = self._decide(world)
        return self._changed[world]

    def _decide(self, world: World) -> bool:
        if self.needed:
            return all(self.sign(world, number) not in self.usual for number in range(self.needed))
        first = self.sign(world)
        if first in self.usual:
            return False
        self.repeat_base(_CHECKED)
        if first in self._confirmed or self.sign(world, 1) == first:
            self._confirmed.add(first)
            return True
        return self.differs_at_times(world)

    def differs_at_times(self, world: World) -> bool:
        """Tell whether a world that differs from itself gives unusual results too often for chance.

        Runs that were looked at before do not count: they are why one asks.

        Raises:
            UnsteadyError: the base differs from itself, too.
        """
        doubts = len(self.findings.doubts)
        if doubts >= _DOUBTS:
            self._changed[world] = False
            return False
        self.repeat_base(min(_MANY * (1 + doubts), _MOST))
        first = self.count_runs(world)
        for count in range(1, _MANY + 1):
            self.sign_anew(world)
            if self.compute_chance(world, first) < LIKELY / 10:
                self.noisy.add(world)
                self._changed[world] = True
                return True
            if count > _MANY // 2 and not self.count_unusual(world, first):
                break
        self.doubt(world)
        return False

    def compute_chance(self, world: World, first: int) -> float:
        """Return the chance that the base gives as many unusual results as a world did from one of its runs on."""
        here, runs = self.count_unusual(world, first), self.count_runs(world) - first
        return compute_chance(here, runs, self.count_unusual(self.base), self.count_runs(self.base))

    def doubt(self, world: World) -> None:
        """Note a world with unusual results that are no cause, and compare it no more."""
        self._changed[world] = False
        self.noisy.discard(world)
        here, runs = self.count_unusual(world), self.count_runs(world)
        base = self.count_runs(self.base)
        text = f"{here} of {runs} runs gave other results, and none of {base} as it is: {world}"
        if self.needed:
            text = f"not repeated: {world}"
        self.findings.doubts.append(text)

    def plan_repeats(self, world: World) -> int | None:
        """Return how many runs show a cause that acts as often as in this world; None if too many are needed."""
        rate = self.count_unusual(world) / max(self.count_runs(world), 1)
        return plan_repeats(rate, LIKELY, _SPENT)

    def acts_once(self, world: World, runs: int) -> bool:
        """Tell whether one of several runs of a world gives unusual results."""
        return world != self.base and any(self.sign(world, number) not in self.usual for number in range(runs))


class UnsteadyError(Exception):
    """The base differs from itself, which its first runs did not show."""
