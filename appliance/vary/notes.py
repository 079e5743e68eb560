"""What a reader should know beside the causes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.vary.world import World

if TYPE_CHECKING:
    from appliance.vary.classes import Class
    from appliance.vary.findings import Findings
    from appliance.vary.memory import Memory

_LEAST = 2  # runs in which a place outside must have changed


def list_notes(findings: Findings, memory: Memory) -> list[str]:
    """Return what a reader should know beside the results."""
    trials = [trial for known in memory.trials.values() for trial in known]
    notes: list[str] = []
    notes += [f"{name}: equal contents in unequal bytes ({stamps})" for name, stamps in _list_stamps(memory).items()]
    left = sorted({line for trial in trials for line in trial.left})
    if left:
        notes.append(f"processes that it left behind were ended: {'; '.join(left)}")
    often = {place: sum(1 for trial in trials if place in trial.outside) for trial in trials for place in trial.outside}
    places = sorted(place for place, count in often.items() if count >= max(_LEAST, len(trials) // 2))
    own = [place for place in places if Path(place).is_relative_to(memory.workshop.scratch)]
    shared = [place for place in places if place not in own]
    if own:
        notes.append(f"it writes outside of its working directory: {', '.join(own)}")
    if shared:
        notes.append(f"while it ran, it or another program changed: {', '.join(shared)}")
    if findings.control.unstable:
        rest = "; causes and harmless axes are told of the other outputs" if findings.ignored else ""
        notes.append(f"outputs that differ in one and the same world: {', '.join(findings.control.unstable)}{rest}")
    notes += findings.doubts
    notes += [f"not proved, because the time was over: {', '.join(map(str, group))}" for group in findings.unproved]
    if not findings.complete and not findings.failure:
        notes.append("the time was over; the same command goes on from here")
    return notes


def _list_stamps(memory: Memory) -> dict[str, str]:
    """Return the outputs with equal contents in unequal bytes, with what their bytes hold beside the contents."""
    trials = [trial for known in memory.trials.values() for trial in known]
    found = {}
    for name in sorted({name for trial in trials for name in trial.outputs}):
        outputs = [trial.outputs[name] for trial in trials if name in trial.outputs]
        if len({output.content for output in outputs}) < len({output.raw for output in outputs}):
            stamps = sorted({stamp for output in outputs for stamp in output.stamps}) or ["what is no content"]
            found[name] = ", ".join(stamps)
    return found


def say_stamps(memory: Memory) -> str:
    """Return the end of a sentence: which outputs have other bytes though their contents are equal."""
    return "".join(f"; the bytes of {name} differ by {stamps}" for name, stamps in _list_stamps(memory).items())


def list_unexplained(findings: Findings, classes: tuple[Class, ...]) -> list[str]:
    """Return a note on classes that no cause gives alone: there an axis changes what a cause gives."""
    if not findings.complete or not findings.causes:
        return []
    groups = [
        (setting,)
        for cause in findings.causes
        for setting in (*cause.others, *cause.also, *(() if cause.together else cause.settings))
    ]
    base = findings.base or World()
    told = {str(base), *(str(base.with_settings(group)) for group in groups)}
    told |= {str(base.with_settings(cause.settings)) for cause in findings.causes}
    names = [kind.id for kind in classes if kind.id != "A" and not kind.ending and told.isdisjoint(kind.worlds)]
    if not names or not findings.control.identical:
        return []
    title = "class" if len(names) == 1 else "classes"
    return [f"{title} {', '.join(names)}: several causes at once, or an axis that only changes what a cause gives"]
