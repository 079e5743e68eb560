"""The search: control, screen, minimal causes, harmless settings, proof."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import attrs

from appliance.vary import causes, noise
from appliance.vary.control import control
from appliance.vary.covering import cover_pairs
from appliance.vary.findings import Cause, Findings
from appliance.vary.minimizing import minimize
from appliance.vary.oracle import Oracle, UnsteadyError
from appliance.vary.proving import find_needless, prove
from appliance.vary.trial import BudgetSpentError
from appliance.vary.world import Setting, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from appliance.vary.trial import Laboratory

_ROUNDS = 5  # times that a search begins again because the base differs from itself

_LARGEST = 4  # settings that act only together, where worlds differ from themselves


def search(axes: Mapping[str, Sequence[str]], laboratory: Laboratory) -> Findings:
    """Find which settings change the results.

    Args:
        axes: the values of every axis that has an effect, without the baseline's.
        laboratory: runs worlds.
    """
    findings = Findings()
    oracle = Oracle(laboratory=laboratory, findings=findings)
    try:
        if control(oracle, findings):
            _search_steadily(axes, oracle, findings)
            causes.withdraw_hanging(findings)
        findings.complete = True
    except BudgetSpentError:
        findings.unproved = [cause.settings for cause in findings.causes if cause.proof is None]
        findings.causes[:] = [cause for cause in findings.causes if cause.proof is not None]
    return findings


def _search_steadily(axes: Mapping[str, Sequence[str]], oracle: Oracle, findings: Findings) -> None:
    """Search; begin again with what is known then whenever the base turns out to differ from itself."""
    for _ in range(_ROUNDS):
        try:
            left = axes if findings.control.identical else noise.handle(axes, oracle, findings)
            _Search(axes=left, oracle=oracle, findings=findings).run()
        except UnsteadyError:
            noise.measure(oracle, findings)
            findings.causes.clear()
            findings.doubts.clear()
        else:
            return
    findings.unusable = True


class _NoisyWorldError(Exception):
    """A world differs from itself, so that single runs do not tell which of its settings act."""


@attrs.define(kw_only=True)
class _Search:
    """The part of the search in which the base is known.

    Args:
        axes: the values of every axis, without the baseline's.
        oracle: decides whether a world gives other results.
        findings: gets what is found.
    """

    axes: Mapping[str, Sequence[str]]
    oracle: Oracle
    findings: Findings

    def run(self) -> None:
        """Search to the end."""
        if self.findings.unusable:
            return
        for row in cover_pairs(self.axes):
            self._explain(row)
        self._list_harmless()
        for cause in list(self.findings.causes):
            if cause.proof is None:
                self._prove(cause)
        order = list(self.axes)
        self.findings.causes.sort(key=lambda cause: (cause.together, *map(order.index, self._varied(cause))))
        causes.join(self.findings.causes, self.oracle)

    def _prove(self, cause: Cause) -> None:
        """Prove a cause; where single runs do not tell which of its settings act, find them anew."""
        steady = not (self.oracle.needed or cause.noisy)
        if steady and prove(cause, self.oracle):
            return
        self.findings.causes.remove(cause)
        world = self._world(cause.settings)
        if steady and world not in self.oracle.noisy:
            return
        settings = self._minimize_noisy(world) if steady else cause.settings
        again = cause if settings == cause.settings else Cause(settings=settings)
        again.noisy = not self.oracle.needed
        self._prove_noisy(again)

    def _prove_noisy(self, cause: Cause) -> None:
        """Prove a cause where worlds differ from themselves, without the settings that are not shown to take part."""
        if len(cause.settings) > _LARGEST:
            self.oracle.doubt(self._world(cause.settings))
            return
        while (needless := find_needless(cause, self.oracle)) is not None:
            cause = Cause(settings=tuple(one for one in cause.settings if one != needless), noisy=cause.noisy)
        told = [other.settings for other in self.findings.causes]
        if cause.settings and cause.settings not in told and prove(cause, self.oracle):
            self.findings.causes.append(cause)

    def _varied(self, cause: Cause) -> list[str]:
        return [] if cause.steadies else list(cause.axes)

    def _world(self, *groups: Iterable[Setting]) -> World:
        return self.oracle.base.with_settings(itertools.chain(*groups))

    def _acts(self, settings: Iterable[Setting]) -> bool:
        return self.oracle.changed(self._world(settings))

    def _acts_surely(self, settings: Iterable[Setting]) -> bool:
        world = self._world(settings)
        acts = self.oracle.changed(world)
        if world in self.oracle.noisy:
            raise _NoisyWorldError(world)
        return acts

    def _explain(self, row: World) -> None:
        """Find causes until what is left of a world changes nothing.

        The rows without the settings of causes still hold every pair of the others, so one pass shows that these are
        harmless in pairs.
        """
        left = row.without(causes.list_known(self.findings.causes, row))
        while self._acts(left.settings):
            found = self._minimize(left)
            if not found:
                return
            self._add(found)
            left = left.without(causes.list_known(self.findings.causes, left) or self.findings.causes[-1].settings)

    def _minimize(self, left: World) -> tuple[Setting, ...]:
        """Return the settings of a world of which none can be left out; none if that cannot be told."""
        world = self._world(left.settings)
        if world in self.oracle.noisy:
            return self._minimize_noisy(world)
        try:
            return minimize(left.settings, self._acts_surely)
        except _NoisyWorldError as error:
            return self._minimize_noisy(error.args[0])

    def _minimize_noisy(self, world: World) -> tuple[Setting, ...]:
        """Return the same for a world that differs from itself, with as many runs as show a rare difference."""
        runs = self.oracle.plan_repeats(world)
        if runs is None:
            self.oracle.doubt(world)
            return ()
        settings = world.without(self.oracle.base.settings).settings
        return minimize(settings, lambda part: self.oracle.acts_once(self._world(part), runs))

    def _list_harmless(self) -> None:
        """Note the settings that are left when every cause is broken; together they must change nothing, too."""
        gone: set[Setting] = set()
        for cause in self.findings.causes:
            gone.update(causes.select_broken(cause, gone))
        left = [
            setting
            for name, values in self.axes.items()
            for setting in (Setting(axis=name, value=value) for value in values)
            if setting not in gone
        ]
        largest = {setting.axis: setting for setting in reversed(left)}
        self._explain(World.make(largest.values()))
        self.findings.harmless = [setting for setting in left if not causes.is_blamed(self.findings.causes, setting)]

    def _add(self, settings: tuple[Setting, ...]) -> None:
        """Add a cause; where one setting acts alone, the other values of its axis are tried, too."""
        world = self._world(settings)
        ending = self.oracle.trial(world).ending
        cause = Cause(settings=settings, noisy=self.oracle.is_noisy(world), fails=ending)
        self.findings.causes.append(cause)
        if cause.together:
            return
        for value in self.axes[settings[0].axis]:
            other = Setting(axis=settings[0].axis, value=value)
            if other in settings or other in cause.others or not self._acts((other,)):
                continue
            if self.oracle.trial(self._world((other,))).ending == ending:
                cause.others += (other,)
