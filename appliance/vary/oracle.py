"""Decides whether the results of a world are other than the baseline's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.world import World

if TYPE_CHECKING:
    from appliance.vary.findings import Findings
    from appliance.vary.trial import Laboratory, Trial

_CONFIRMED = 1  # runs of a world that differs, beside the first, before it is believed
_MANY = 12  # runs of the base after a world has differed from itself
_FEW, _OFTEN = 6, 2  # runs of such a world, and how many must differ before it is a cause


@attrs.define(kw_only=True)
class Oracle:
    """Asks a laboratory, and knows which differences are the program's own.

    Args:
        laboratory: runs worlds.
        findings: gets every world with its results.
        base: the world with which others are compared.
        ignored: outputs that differ in one and the same world.
        accepted: the results of the base, more than one if it differs from itself.
        repeats: how many runs of a world are looked at.
        noisy: worlds that differ from themselves although the base does not.
    """

    laboratory: Laboratory
    findings: Findings
    base: World = attrs.field(factory=World)
    ignored: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    repeats: int = 1
    noisy: set[World] = attrs.field(factory=set)
    _changed: dict[World, bool] = attrs.field(factory=dict)
    _seen: dict[World, int] = attrs.field(factory=dict)

    def sign(self, world: World, repeat: int = 0) -> str:
        """Return the digest of the results of one run; the run is remembered among the classes."""
        trial = self.laboratory.observe(world, repeat)
        self._seen[world] = max(self._seen.get(world, 0), repeat + 1)
        signature = trial.sign(self.ignored)
        worlds = self.findings.worlds.setdefault(signature, [])
        if world not in worlds:
            worlds.append(world)
        return signature

    def sign_anew(self, world: World) -> str:
        """Return the digest of the results of a run that was not looked at before."""
        return self.sign(world, self._seen.get(world, 0))

    def trial(self, world: World) -> Trial:
        """Return the first run of a world."""
        return self.laboratory.observe(world)

    def steady(self, world: World, repeats: int) -> bool:
        """Tell whether several runs of a world succeed and agree."""
        first = self.sign(world)
        if self.trial(world).ending:
            return False
        return all(self.sign(world, number) == first for number in range(1, repeats))

    def forget(self) -> None:
        """Forget what was decided: the base differs from itself, so that decisions need more runs."""
        self._changed.clear()
        self.noisy.clear()

    def changed(self, world: World) -> bool:
        """Tell whether a world gives other results than the base; a difference is confirmed by a further run."""
        if world == self.base:
            return False
        if world not in self._changed:
            self._changed[world] = self._decide(world)
        return self._changed[world]

    def _decide(self, world: World) -> bool:
        if self.repeats > 1:
            return not any(self.sign(world, number) in self.accepted for number in range(self.repeats))
        first = self.sign(world)
        if first in self.accepted:
            return False
        if all(self.sign(world, number) == first for number in range(1, 1 + _CONFIRMED)):
            return True
        return self._explain_noise(world)

    def _explain_noise(self, world: World) -> bool:
        """Tell whether only this world differs from itself.

        Raises:
            UnsteadyError: the base does so, too.
        """
        results = {self.sign(self.base, number) for number in range(_MANY)}
        if len(results) > 1:
            raise UnsteadyError
        others = [number for number in range(_FEW) if self.sign(world, number) not in self.accepted]
        if len(others) < _OFTEN:
            self.findings.doubts.append(f"{len(others)} of {_FEW} runs gave other results: {world}")
            return False
        self.noisy.add(world)
        return True


class UnsteadyError(Exception):
    """The base differs from itself, which its first runs did not show."""
