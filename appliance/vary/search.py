"""The search: control, screen, single settings, minimal causes, harmless settings, proof."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import attrs

from appliance.vary import noise
from appliance.vary.covering import cover_pairs
from appliance.vary.findings import Cause, Findings, Shown
from appliance.vary.minimizing import minimize
from appliance.vary.oracle import Oracle, UnsteadyError
from appliance.vary.trial import BudgetSpentError
from appliance.vary.world import Setting, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from appliance.vary.trial import Laboratory

_PROOFS = 2  # runs each way
_NOISY_PROOFS = 3  # the same, where a world differs from itself


def search(axes: Mapping[str, Sequence[str]], laboratory: Laboratory) -> Findings:
    """Find which settings change the results.

    Args:
        axes: the values of every axis that has an effect, without the baseline's.
        laboratory: runs worlds.
    """
    findings = Findings()
    oracle = Oracle(laboratory=laboratory, findings=findings)
    try:
        if noise.control(oracle, findings):
            _search_steadily(dict(axes), oracle, findings)
            findings.complete = True
    except BudgetSpentError:
        pass
    return findings


def _search_steadily(axes: Mapping[str, Sequence[str]], oracle: Oracle, findings: Findings) -> None:
    """Search; begin again with repeats when the base turns out to differ from itself."""
    if not findings.control.identical:
        axes = noise.handle(axes, oracle, findings)
    try:
        _Search(axes=axes, oracle=oracle, findings=findings).run()
    except UnsteadyError:
        noise.measure(oracle, findings)
        findings.causes.clear()
        oracle.forget()
        axes = noise.handle(axes, oracle, findings)
        _Search(axes=axes, oracle=oracle, findings=findings).run()


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
        order = list(self.axes)
        self.findings.causes.sort(key=lambda cause: (cause.together, *map(order.index, self._varied(cause))))
        self._join_causes()
        for cause in self.findings.causes:
            if cause.proof is None:
                cause.proof = self._prove(cause)
        self._drop_chance()

    def _varied(self, cause: Cause) -> list[str]:
        return [] if cause.steadies else list(cause.axes)

    def _world(self, *groups: Iterable[Setting]) -> World:
        return self.oracle.base.with_settings(itertools.chain(*groups))

    def _acts(self, settings: Iterable[Setting]) -> bool:
        return self.oracle.changed(self._world(settings))

    def _explain(self, row: World) -> None:
        """Find causes until what is left of a world changes nothing.

        The rows without the settings of causes still hold every pair of the others, so one pass shows that these are
        harmless in pairs.
        """
        left = row.without(self._list_known(row))
        while self._acts(left.settings):
            self._add(minimize(left.settings, self._acts))
            left = left.without(self._list_known(left) or self.findings.causes[-1].settings)

    def _list_known(self, row: World) -> tuple[Setting, ...]:
        """Return the settings of a world without which its known causes do not act."""
        there, gone = set(row.settings), set[Setting]()
        for cause in self.findings.causes:
            if cause.together and not there >= set(cause.settings):
                continue
            gone.update(setting for setting in _select_broken(cause, gone) if setting in there)
        return tuple(sorted(gone))

    def _list_harmless(self) -> None:
        """Note the settings that are left when every cause is broken; together they must change nothing, too."""
        gone: set[Setting] = set()
        for cause in self.findings.causes:
            gone.update(_select_broken(cause, gone))
        left = [
            setting
            for name, values in self.axes.items()
            for setting in (Setting(axis=name, value=value) for value in values)
            if setting not in gone
        ]
        largest = {setting.axis: setting for setting in reversed(left)}
        self._explain(World.make(largest.values()))
        self.findings.harmless = [setting for setting in left if not self._is_blamed(setting)]

    def _is_blamed(self, setting: Setting) -> bool:
        return any(
            setting in (*_select_broken(cause, set()), *(() if cause.together else cause.settings))
            for cause in self.findings.causes
        )

    def _add(self, settings: tuple[Setting, ...]) -> None:
        """Add a cause; where one setting acts alone, the other values of its axis are tried, too."""
        world = self._world(settings)
        ending = self.oracle.trial(world).ending
        cause = Cause(settings=settings, noisy=world in self.oracle.noisy, fails=ending)
        self.findings.causes.append(cause)
        if cause.together:
            return
        for value in self.axes[settings[0].axis]:
            other = Setting(axis=settings[0].axis, value=value)
            if other in settings or other in cause.others or not self._acts((other,)):
                continue
            if self.oracle.trial(self._world((other,))).ending == ending:
                cause.others += (other,)

    def _join_causes(self) -> None:
        """Tell causes that give the same results, alone and both at once, as one."""
        kept: list[Cause] = []
        for cause in self.findings.causes:
            first = next((other for other in kept if self._is_same(other, cause)), None)
            if first is None:
                kept.append(cause)
            else:
                first.also += (*cause.settings, *cause.others)
        self.findings.causes[:] = kept

    def _is_same(self, one: Cause, other: Cause) -> bool:
        if any(cause.together or cause.fails or cause.noisy or cause.steadies for cause in (one, other)):
            return False
        pairs = itertools.product((*one.settings, *one.others), (*other.settings, *other.others))
        return any(x.axis != y.axis and self._is_same_setting(x, y) for x, y in pairs)

    def _is_same_setting(self, x: Setting, y: Setting) -> bool:
        one, other = (self.oracle.sign(self._world((setting,))) for setting in (x, y))
        return one == other and one == self.oracle.sign(self._world((x, y)))

    def _drop_chance(self) -> None:
        """Take back what did not repeat in a program that differs from itself: it was chance."""
        if self.findings.control.identical:
            return
        for cause in list(self.findings.causes):
            if cause.proof is not None and cause.proof.with_cause < cause.proof.repeats:
                self.findings.causes.remove(cause)
                self.findings.doubts.append(f"not repeated: {self._world(cause.settings)}")

    def _prove(self, cause: Cause) -> Shown:
        """Run with the cause and without it in turn, anew."""
        world, rest = self._world(cause.settings), self.oracle.base
        repeats = _NOISY_PROOFS if cause.noisy else _PROOFS
        known = self.oracle.sign(world)
        loose = cause.noisy or self.oracle.repeats > 1
        others = agreed = 0
        for _ in range(repeats):
            result, without = self.oracle.sign_anew(world), self.oracle.sign_anew(rest)
            others += result not in self.oracle.accepted if loose else result == known
            agreed += without in self.oracle.accepted
        if cause.noisy and others:
            others = repeats
        return Shown(with_cause=others, without=agreed, repeats=repeats)


def _select_broken(cause: Cause, gone: set[Setting]) -> tuple[Setting, ...]:
    """Return the settings without which a cause does not act: one of a set, all of those that act alone."""
    if cause.together:
        return () if any(setting in gone for setting in cause.settings) else cause.settings[-1:]
    return (*cause.settings, *cause.others)
