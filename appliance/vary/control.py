"""The control: the baseline repeated in fresh directories, and in used ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.vary import noise
from appliance.vary.world import World

if TYPE_CHECKING:
    from appliance.vary.findings import Findings
    from appliance.vary.oracle import Oracle
    from appliance.vary.trial import Trial

CONTROLS = 3  # first runs of the baseline
_PAIRS = 6  # runs in a used directory, each after one in a fresh one, before that is a cause
_NOTHING = "it wrote no output that could be compared; files outside of its working directory are not looked at"
_DOUBTED = 20  # runs of the baseline where runs in used directories do not agree


def control(oracle: Oracle, findings: Findings) -> bool:
    """Run the baseline again in fresh directories and in a used one; return whether a search makes sense."""
    base = World()
    first = oracle.trial(base)
    findings.base = base
    if first.ending:
        findings.failure = first.ending
        oracle.sign(base)  # the class of the baseline has the command and the end of the messages
        return False
    if not first.outputs:
        findings.failure = _NOTHING
        return False
    oracle.sign(base, 1)
    _use_again(oracle, findings)
    oracle.repeat_base(CONTROLS)
    results = [oracle.sign(base, number) for number in range(oracle.count_runs(base))]
    findings.control = noise.count_results(results)
    if findings.control.identical:
        oracle.compare_with(base, frozenset(results))
    else:
        noise.measure(oracle, findings)
    return True


def _use_again(oracle: Oracle, findings: Findings) -> None:
    """Compare runs in used directories with those in fresh ones; a difference must come each time."""
    base = World()
    kept: dict[str, object] = {}
    for number in range(_PAIRS):
        oracle.sign(base, number + 1)
        used = oracle.laboratory.observe_used(number)
        if used is None:
            return
        if used.ending:
            findings.used_failure = used.ending
            return
        other = _list_changed(used, [oracle.laboratory.observe(base, count) for count in range(number + 2)])
        before, kept = kept, other
        if number:
            kept = {name: content for name, content in before.items() if name in other and other[name] == content}
        if not kept:
            findings.used = ()
            if before:
                oracle.repeat_base(_DOUBTED)
                names = ", ".join(sorted(before))
                findings.doubts.append(f"a second run in the same directory changed {names}, but not each time")
            return
    findings.used, findings.used_shown = tuple(sorted(kept)), _PAIRS


def _list_changed(used: Trial, fresh: list[Trial]) -> dict[str, object]:
    """Return the outputs that agree in all fresh directories and differ in the used one, with their contents there."""
    steady = [name for name in fresh[0].outputs if len({trial.read_content(name) for trial in fresh}) == 1]
    pairs = {name: used.read_content(name) for name in steady}
    return {name: content for name, content in pairs.items() if content != fresh[0].read_content(name)}
