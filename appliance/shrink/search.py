"""The search: both locks twice, then delta debugging over the packages that differ, then proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.shrink.environments import NotTestableError
from appliance.vary.findings import Cause, Control, Findings, Shown
from appliance.vary.minimizing import minimize
from appliance.vary.oracle import Oracle, UnsteadyError
from appliance.vary.trial import BudgetSpentError
from appliance.vary.world import Setting, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.vary.trial import Laboratory

_REPEATS = 2  # runs of each lock, and of each side of a proof


@attrs.define(kw_only=True)
class Found:
    """What a search over packages has found.

    Args:
        findings: causes, worlds and control, as in `vary`.
        unsteady: which lock gives results that differ from themselves; "" for none.
        same: whether both locks give the same results; None if that is not known.
        refused: sets that could not be tested, with the reason.
        needed: for a package of a cause, why it cannot be left out although nothing could be tested without it.
        smallest: the smallest set that is known to change the results.
        covered: whether all causes together give the results of the second lock; None if that is not known.
    """

    findings: Findings = attrs.field(factory=Findings)
    unsteady: str = ""
    same: bool | None = None
    refused: dict[World, str] = attrs.field(factory=dict)
    needed: dict[str, str] = attrs.field(factory=dict)
    smallest: tuple[Setting, ...] = ()
    covered: bool | None = None


def search(settings: Sequence[Setting], laboratory: Laboratory) -> Found:
    """Find the smallest sets of settings that change the results; a world without settings is the first lock.

    Args:
        settings: what the second lock has otherwise.
        laboratory: runs worlds; one that cannot be tested raises NotTestableError.
    """
    found = Found()
    oracle = Oracle(laboratory=laboratory, findings=found.findings)
    try:
        _Search(settings=tuple(settings), oracle=oracle, found=found).run()
    except BudgetSpentError:
        return found
    except UnsteadyError:
        found.unsteady = "A"
    found.findings.complete = True
    return found


@attrs.define(kw_only=True)
class _Search:
    """One search.

    Args:
        settings: what the second lock has otherwise.
        oracle: decides whether a world gives other results than the first lock.
        found: gets what is found.
    """

    settings: tuple[Setting, ...]
    oracle: Oracle
    found: Found

    @property
    def second(self) -> World:
        """The second lock."""
        return World.make(self.settings)

    def run(self) -> None:
        """Search to the end."""
        if not self._control() or self.found.same:
            return
        self._find_causes()
        causes = self.found.findings.causes
        union = World.make(setting for cause in causes for setting in cause.settings)
        if self._try(union.settings) is not None:
            self.found.covered = self.oracle.sign(union) == self.oracle.sign(self.second)
        for cause in causes:
            self._explain_members(cause)
            cause.proof = self._prove(cause)
        blamed = set(union.settings)
        self.found.findings.harmless = [one for one in self.settings if one not in blamed]

    def _control(self) -> bool:
        """Run both locks twice; return whether a search makes sense."""
        findings, base = self.found.findings, World()
        findings.base = base
        findings.control = Control()
        unstable: set[str] = set()
        for name, world in (("A", base), ("B", self.second)):
            first = self.oracle.trial(world)
            if name == "A" and (first.ending or not first.outputs):
                findings.failure = first.ending or "it wrote no output that could be compared"
                return False
            again = self.oracle.laboratory.observe(world, 1)
            findings.control.repeats += _REPEATS
            if first.sign() == again.sign():
                continue
            findings.control.different += 1
            names = {one for one in {*first.outputs, *again.outputs} if _differs(one, first.outputs, again.outputs)}
            if first.ending != again.ending or names >= set(first.outputs):
                self.found.unsteady = name
                return False
            unstable |= names
        return self._compare_locks(frozenset(unstable))

    def _compare_locks(self, unstable: frozenset[str]) -> bool:
        """Compare the two locks in the outputs that are steady."""
        self.found.findings.control.unstable = tuple(sorted(unstable))
        self.oracle.begin_again(unstable)
        usual = frozenset(self.oracle.sign(World(), number) for number in range(_REPEATS))
        self.oracle.compare_with(World(), usual)
        other = frozenset(self.oracle.sign(self.second, number) for number in range(_REPEATS))
        self.found.same = other <= usual
        self.found.smallest = () if self.found.same else self.settings
        return True

    def _find_causes(self) -> None:
        left = self.settings
        while left and self._acts(left):
            cause = Cause(settings=minimize(left, self._acts))
            cause.fails = self.oracle.trial(World.make(cause.settings)).ending
            self.found.findings.causes.append(cause)
            left = tuple(setting for setting in left if setting not in cause.settings)

    def _acts(self, settings: Sequence[Setting]) -> bool:
        """Tell whether a set changes the results; a set that cannot be tested counts as one that does not."""
        return bool(self._try(settings))

    def _try(self, settings: Sequence[Setting]) -> bool | None:
        """Tell whether a set changes the results; None if it cannot be tested."""
        world = World.make(settings)
        if world in self.found.refused:
            return None
        try:
            changed = self.oracle.changed(world)
        except NotTestableError as error:
            self.found.refused[world] = str(error)
            return None
        ending = self.oracle.trial(world).ending if len(world) else ""
        if ending and ending != self.oracle.trial(self.second).ending:
            self.found.refused[world] = f"the program fails with this mixture only: {ending}"
            return None
        if changed and len(settings) < len(self.found.smallest):
            self.found.smallest = tuple(settings)
        return changed

    def _explain_members(self, cause: Cause) -> None:
        """Note for each package of a set whether nothing could be tested without it."""
        for setting in cause.settings if cause.together else ():
            rest = [other for other in cause.settings if other != setting]
            if self._try(rest) is None:
                self.found.needed[setting.axis] = self.found.refused[World.make(rest)]

    def _prove(self, cause: Cause) -> Shown:
        """Run with the cause and without it in turn, anew."""
        world = World.make(cause.settings)
        known = self.oracle.sign(world)
        others = agreed = 0
        for _ in range(_REPEATS):
            others += self.oracle.sign_anew(world) == known
            agreed += self.oracle.sign_anew(World()) in self.oracle.usual
        return Shown(with_cause=others, without=agreed, repeats=_REPEATS)


def _differs(name: str, one: object, other: object) -> bool:
    contents = [getattr(part.get(name), "content", None) for part in (one, other) if isinstance(part, dict)]
    return contents[0] != contents[1]
