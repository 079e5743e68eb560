"""Causes beside each other: which settings break them, which of them are one and the same."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from appliance.vary.endings import LATE

if TYPE_CHECKING:
    from collections.abc import Container

    from appliance.vary.findings import Cause, Findings
    from appliance.vary.oracle import Oracle
    from appliance.vary.world import Setting, World


_MAY_HANG = frozenset({"date"})  # faketime breaks some waits of programs that are not of Python


def select_broken(cause: Cause, gone: Container[Setting]) -> tuple[Setting, ...]:
    """Return the settings without which a cause does not act: one of a set, all of those that act alone."""
    if cause.together:
        return () if any(setting in gone for setting in cause.settings) else cause.settings[-1:]
    return (*cause.settings, *cause.others)


def list_known(causes: list[Cause], row: World) -> tuple[Setting, ...]:
    """Return the settings of a world without which the causes in it do not act."""
    there = frozenset(row.settings)
    gone: set[Setting] = set()
    for cause in causes:
        if cause.together and not there >= frozenset(cause.settings):
            continue
        gone.update(setting for setting in select_broken(cause, gone) if setting in there)
    return tuple(sorted(gone))


def is_blamed(causes: list[Cause], setting: Setting) -> bool:
    """Tell whether a setting acts alone, or stands for a set of which it is one."""
    return any(
        setting in (*select_broken(cause, frozenset()), *(() if cause.together else cause.settings)) for cause in causes
    )


def withdraw_hanging(findings: Findings) -> None:
    """Take causes back in which the program does not end, where the axis is applied by a tool that can break waits."""
    hung = [cause for cause in findings.causes if cause.fails.startswith(LATE) and _MAY_HANG.issuperset(cause.axes)]
    findings.causes[:] = [cause for cause in findings.causes if cause not in hung]
    findings.hung = frozenset(name for cause in hung for name in cause.axes)


def join(causes: list[Cause], oracle: Oracle) -> None:
    """Tell causes that give the same results, alone and both at once, as one."""
    kept: list[Cause] = []
    for cause in causes:
        first = next((other for other in kept if _is_same(other, cause, oracle)), None)
        if first is None:
            kept.append(cause)
        else:
            first.also += (*cause.settings, *cause.others)
    causes[:] = kept


def _is_same(one: Cause, other: Cause, oracle: Oracle) -> bool:
    if any(cause.together or cause.fails or cause.noisy or cause.steadies for cause in (one, other)):
        return False
    pairs = itertools.product((*one.settings, *one.others), (*other.settings, *other.others))
    return any(x.axis != y.axis and _is_same_setting(x, y, oracle) for x, y in pairs)


def _is_same_setting(x: Setting, y: Setting, oracle: Oracle) -> bool:
    one, other = (oracle.sign(oracle.base.with_settings((setting,))) for setting in (x, y))
    return one == other and one == oracle.sign(oracle.base.with_settings((x, y)))
