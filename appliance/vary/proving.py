"""The proof of a cause: further runs with it and without it, in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.vary.evidence import SURE, compute_chance
from appliance.vary.findings import Shown

if TYPE_CHECKING:
    from appliance.vary.findings import Cause
    from appliance.vary.oracle import Oracle
    from appliance.vary.world import Setting, World

_PROOFS = 2  # runs each way
_TOGETHER = 7  # the same for settings that act only together
_PARTS = 24  # runs of a set without one of its settings, where worlds differ from themselves
_MOST = 40  # runs each way where a world, or the base, differs from itself


def prove(cause: Cause, oracle: Oracle) -> bool:
    """Run with the cause and without it in turn, anew; return whether the proof is clean.

    Raises:
        UnsteadyError: the base differs from itself.
    """
    world = oracle.base.with_settings(cause.settings)
    if oracle.needed or cause.noisy:
        return _prove_by_rate(cause, world, oracle)
    repeats = _TOGETHER if cause.together else _PROOFS
    parts = [world.without((setting,)) for setting in cause.settings] if cause.together else []
    known = oracle.sign(world)
    for _ in range(repeats):
        others = oracle.sign_anew(world) == known
        agreed = oracle.sign_anew(oracle.base) in oracle.usual
        if not (others and agreed and all(oracle.sign_anew(part) in oracle.usual for part in parts)):
            oracle.differs_at_times(world)
            return False
    cause.proof = Shown(with_cause=repeats, without=repeats, repeats=repeats)
    return True


def _prove_by_rate(cause: Cause, world: World, oracle: Oracle) -> bool:
    """Run until the unusual results are too many for chance; where the base differs, too, every run must be unusual."""
    first, start = oracle.count_runs(world), oracle.count_runs(oracle.base)
    for _ in range(_MOST):
        unusual = oracle.sign_anew(world) not in oracle.usual
        oracle.sign_anew(oracle.base)
        if oracle.needed and not unusual:
            break
        if oracle.compute_chance(world, first) < SURE:
            runs = oracle.count_runs(world) - first
            without = runs - oracle.count_unusual(oracle.base, start)
            cause.proof = Shown(with_cause=oracle.count_unusual(world, first), without=without, repeats=runs)
            return True
    oracle.doubt(world)
    return False


def find_needless(cause: Cause, oracle: Oracle) -> Setting | None:
    """Return a setting that is not shown to take part where worlds differ from themselves; None if all are."""
    if not cause.together or not (oracle.needed or cause.noisy):
        return None
    world = oracle.base.with_settings(cause.settings)
    return next((one for one in cause.settings if not _is_needed(one, world, oracle)), None)


def _is_needed(setting: Setting, world: World, oracle: Oracle) -> bool:
    """Tell whether a world without one setting gives usual results more often than the world."""
    rest = world.without((setting,))
    first, start = oracle.count_runs(world), oracle.count_runs(rest)
    for count in range(1, _PARTS + 1):
        oracle.sign_anew(world)
        oracle.sign_anew(rest)
        usual, there = (count - oracle.count_unusual(*one) for one in ((rest, start), (world, first)))
        if compute_chance(usual, count, there, count) < SURE:
            return True
    return False
