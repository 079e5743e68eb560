"""Programs that differ from themselves: the control, the rate, and what makes them steady."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from appliance.vary.findings import Cause, Control, Findings, Shown
from appliance.vary.minimizing import minimize
from appliance.vary.world import Setting, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.vary.oracle import Oracle

CONTROLS = 3  # first runs of the baseline
_MEASURED = 10  # runs of a baseline that differs from itself
_MISSED = 0.001  # probability that several runs agree although the program differs from itself
_MOST = 40  # runs of one world at most
_FREQUENT = 0.5  # rate from which single settings are tried, too: few runs tell then
_LIKELY = 2  # runs of a world that is compared with several accepted results


def control(oracle: Oracle, findings: Findings) -> bool:
    """Run the baseline again in fresh directories, then in a used one; return whether a search makes sense."""
    base = World()
    first = oracle.trial(base)
    findings.base = base
    if first.ending:
        findings.failure = first.ending
        return False
    if not first.outputs:
        findings.failure = "it wrote no output that could be compared"
        return False
    results = [oracle.sign(base, number) for number in range(2)]
    _use_again(oracle, findings, 0)
    results += [oracle.sign(base, number) for number in range(2, CONTROLS)]
    if findings.used:
        _use_again(oracle, findings, 1)
        findings.used = findings.used if findings.used_shown > 1 else ()
    findings.control = _count(results)
    oracle.accepted = frozenset(results)
    if not findings.control.identical:
        measure(oracle, findings)
    return True


def _use_again(oracle: Oracle, findings: Findings, repeat: int) -> None:
    """Compare a second run in a used directory with one in a fresh directory."""
    used = oracle.laboratory.observe_used(repeat)
    if used is None:
        return
    if used.ending:
        findings.used_failure = used.ending
        return
    fresh = [oracle.laboratory.observe(World(), number) for number in range(2)]
    steady = [name for name in fresh[0].outputs if len({_content(trial.outputs, name) for trial in fresh}) == 1]
    changed = tuple(name for name in steady if _content(used.outputs, name) != _content(fresh[0].outputs, name))
    if repeat == 0:
        findings.used = changed
    findings.used_shown += bool(changed)


def _content(outputs: Mapping[str, object], name: str) -> object:
    return getattr(outputs.get(name), "content", None)


def measure(oracle: Oracle, findings: Findings) -> None:
    """Repeat the baseline until its rate is known; outputs that differ are ignored if others do not."""
    base = World()
    trials = [oracle.laboratory.observe(base, number) for number in range(_MEASURED)]
    names = sorted({name for trial in trials for name in trial.outputs})
    unstable = tuple(name for name in names if len({_content(trial.outputs, name) for trial in trials}) > 1)
    findings.used = findings.used and tuple(name for name in findings.used if name not in unstable)
    counted = _count([trial.sign() for trial in trials])
    findings.control = Control(repeats=counted.repeats, different=counted.different, unstable=unstable)
    findings.worlds.clear()


def handle(axes: Mapping[str, Sequence[str]], oracle: Oracle, findings: Findings) -> dict[str, Sequence[str]]:
    """Look for settings with which the program is steady; return the axes that are left to vary from there."""
    everything = [Setting(axis=name, value=values[0]) for name, values in axes.items() if values]
    repeats = _plan_repeats(findings.control.rate)
    found: tuple[Setting, ...] = ()
    if everything and oracle.steady(World.make(everything), repeats):
        found = minimize(everything, lambda part: oracle.steady(World.make(part), repeats))
    elif findings.control.rate >= _FREQUENT:
        single = (setting for setting in everything if oracle.steady(World.make((setting,)), repeats))
        found = tuple(next(([setting] for setting in single), []))
    if found:
        return _rest_on(found, axes, oracle, findings)
    written = {name for number in range(2) for name in oracle.laboratory.observe(World(), number).outputs}
    if set(findings.control.unstable) < written:
        oracle.ignored = frozenset(findings.control.unstable)
        oracle.accepted = frozenset({oracle.sign(World())})
        return dict(axes)
    results = [oracle.sign(World(), number) for number in range(2 * _MEASURED)]
    oracle.accepted, oracle.repeats = frozenset(results), _LIKELY
    findings.unusable = len(oracle.accepted) > _MEASURED
    return dict(axes)


def _rest_on(
    found: tuple[Setting, ...], axes: Mapping[str, Sequence[str]], oracle: Oracle, findings: Findings
) -> dict[str, Sequence[str]]:
    """Take the world with these settings as the base of everything that follows."""
    base = World.make(found)
    oracle.base, findings.base = base, base
    oracle.accepted = frozenset({oracle.sign(base)})
    repeats = _plan_repeats(findings.control.rate)
    proof = Shown(with_cause=repeats, without=repeats, repeats=repeats)
    findings.causes.append(Cause(settings=found, steadies=True, proof=proof))
    return {name: values for name, values in axes.items() if name not in base.axes}


def _plan_repeats(rate: float) -> int:
    """Return how many runs must agree before a program counts as steady."""
    missed, repeats = 1 - rate, 2
    while missed > _MISSED and repeats < _MOST:
        missed *= 1 - rate
        repeats += 1
    return repeats


def _count(results: Sequence[str]) -> Control:
    most = Counter(results).most_common(1)[0][1]
    return Control(repeats=len(results), different=len(results) - most)
