"""Programs that differ from themselves: the control, the rate, and what makes them steady."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from appliance.vary.evidence import LIKELY, plan_repeats, plan_runs
from appliance.vary.findings import Cause, Control, Findings, Shown
from appliance.vary.minimizing import minimize
from appliance.vary.world import Setting, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.vary.oracle import Oracle

_MEASURED = 20  # runs of a baseline that differs from itself
_MOST = 60  # runs of a world, to show that it is steady
_DISJOINT = 24  # runs of a world, to show that its results are none of the baseline's
_FREQUENT = 0.5  # rate from which single settings are tried, too: few runs tell then
_GUESSED = 0.02  # chance at which a program is taken for steady until that is shown
_STEADY = LIKELY / 10  # chance at which it is shown


def measure(oracle: Oracle, findings: Findings) -> None:
    """Repeat the baseline until its rate is known; tell which outputs differ."""
    base = World()
    runs = max(_MEASURED, oracle.count_runs(base))
    oracle.begin_again()
    findings.ignored = ()
    oracle.base = findings.base = base
    results = [oracle.sign(base, number) for number in range(runs)]
    trials = [oracle.laboratory.observe(base, number) for number in range(runs)]
    names = sorted({name for trial in trials for name in trial.outputs})
    unstable = tuple(name for name in names if len({trial.read_content(name) for trial in trials}) > 1)
    findings.used = findings.used and tuple(name for name in findings.used if name not in unstable)
    findings.control = count_results(results, unstable)


def handle(axes: Mapping[str, Sequence[str]], oracle: Oracle, findings: Findings) -> dict[str, Sequence[str]]:
    """Look for settings with which the program is steady; return the axes that are left to vary from there."""
    found = _find_steady(axes, oracle, findings.control)
    if found:
        return _rest_on(found, axes, oracle, findings)
    base, runs = World(), findings.control.repeats
    written = {name for number in range(runs) for name in oracle.laboratory.observe(base, number).outputs}
    unstable = frozenset(findings.control.unstable)
    if unstable < written:
        oracle.begin_again(unstable)
        findings.ignored = findings.control.unstable
    results = [oracle.sign(base, number) for number in range(runs)]
    if len(frozenset(results)) == 1:
        oracle.compare_with(base, frozenset(results))
        return dict(axes)
    repeated = [result for result in results if results.count(result) > 1]
    needed = plan_runs(len(repeated), runs, LIKELY, _DISJOINT)
    findings.unusable = needed is None
    oracle.compare_with(base, frozenset(repeated), needed or _DISJOINT)
    return dict(axes)


def _find_steady(axes: Mapping[str, Sequence[str]], oracle: Oracle, control: Control) -> tuple[Setting, ...]:
    """Return settings with which every run agrees; none if the baseline differs too rarely to show it."""
    everything = [Setting(axis=name, value=values[0]) for name, values in axes.items() if values]
    shown = plan_runs(control.different, control.repeats, _STEADY, _MOST)
    guessed = plan_repeats(control.rate, _GUESSED, _MOST)
    if shown is None or guessed is None or not everything:
        return ()
    found: tuple[Setting, ...] = ()
    if oracle.steady(World.make(everything), guessed):
        found = minimize(everything, lambda part: oracle.steady(World.make(part), guessed))
    elif control.rate >= _FREQUENT or control.different >= control.repeats // 3:
        single = (setting for setting in everything if oracle.steady(World.make((setting,)), guessed))
        found = tuple(next(([setting] for setting in single), []))
    runs = _MOST if len(found) > 1 else guessed + shown
    return found if found and oracle.steady(World.make(found), runs) else ()


def _rest_on(
    found: tuple[Setting, ...], axes: Mapping[str, Sequence[str]], oracle: Oracle, findings: Findings
) -> dict[str, Sequence[str]]:
    """Take the world with these settings as the base of everything that follows."""
    base = World.make(found)
    findings.base = base
    repeats = oracle.count_runs(base)
    oracle.compare_with(base, frozenset({oracle.sign(base)}))
    proof = Shown(with_cause=repeats, without=findings.control.repeats, repeats=repeats)
    findings.causes.append(Cause(settings=found, steadies=True, proof=proof))
    return {name: values for name, values in axes.items() if name not in base.axes}


def count_results(results: Sequence[str], unstable: tuple[str, ...] = ()) -> Control:
    """Return how many of several runs differ from the most frequent result."""
    most = Counter(results).most_common(1)[0][1]
    return Control(repeats=len(results), different=len(results) - most, unstable=unstable)
