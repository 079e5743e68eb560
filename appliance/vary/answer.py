"""The answer to a request: one sentence, classes of equal results, causes with proof, advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary import notes, wording
from appliance.vary.classes import Class, compare_unsteady, list_classes
from appliance.vary.rows import AxisRow, CauseRow
from appliance.vary.world import World
from verify.results import find_exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.vary.findings import Cause, Findings
    from appliance.vary.launching import Launcher
    from appliance.vary.memory import Memory
    from appliance.vary.selection import Tested
    from verify.results import Verdict

SCHEMA = "repro-appliance/vary/1"
USED = "used-directory"
_MOVING = {"memory", "environment-size"}  # axes that move addresses beside what they are for


@attrs.frozen(kw_only=True)
class Material:
    """What an answer is made of."""

    findings: Findings
    tested: Sequence[Tested]
    memory: Memory
    launcher: Launcher
    seconds: float


@attrs.frozen(kw_only=True)
class Answer:
    """Everything that is told."""

    verdict: Verdict
    sentence: str
    repeats: int
    identical: bool
    rate: float
    axes: tuple[AxisRow, ...]
    causes: tuple[CauseRow, ...]
    classes: tuple[Class, ...]
    harmless: tuple[str, ...]
    advice: tuple[str, ...]
    notes: tuple[str, ...]
    runs: int
    seconds: float
    complete: bool

    @property
    def exit_code(self) -> int:
        """0 where nothing changes the results, 1 where something does, 3 where that cannot be said."""
        return find_exit_code(self.verdict)

    def to_json(self) -> dict[str, object]:
        """Return it as the JSON object that the command prints."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "control": {"repeats": self.repeats, "identical": self.identical, "rate": self.rate},
            "axes": [_drop_empty(attrs.asdict(row), ("reason", "remedy", "advice")) for row in self.axes],
            "causes": [_drop_empty(attrs.asdict(row), ("mechanism", "difference")) for row in self.causes],
            "classes": [_drop_empty(attrs.asdict(row), ("ending", "tail", "difference")) for row in self.classes],
            "harmless": list(self.harmless),
            "advice": list(self.advice),
            "notes": list(self.notes),
            "runs": self.runs,
            "seconds": round(self.seconds, 1),
            "complete": self.complete,
        }


def _drop_empty(value: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    return {key: entry for key, entry in value.items() if entry or key not in names}


def make_answer(material: Material) -> Answer:
    """Return the answer to a search."""
    findings, memory = material.findings, material.memory
    classes = list_classes(findings, memory, material.launcher)
    causes = tuple(_describe_cause(cause, material, classes) for cause in findings.causes)
    rows = tuple(_describe_axis(tested, findings) for tested in material.tested)
    if findings.used:
        shown = ", ".join(findings.used)
        mechanism = f"files that the first run left change the second: {shown}"
        proof = f"shown {wording.count_times(findings.used_shown)}"
        causes += (CauseRow(axes=(USED,), settings=(f"{USED}=used",), mechanism=mechanism, proof=proof),)
    rows += _describe_used(findings)
    verdict, unsteady = _judge(findings, causes, rows), compare_unsteady(findings, memory)
    return Answer(
        verdict=verdict,
        sentence=wording.say(findings, causes, rows, unsteady, verdict) + notes.say_stamps(memory),
        repeats=findings.control.repeats,
        identical=findings.control.identical,
        rate=findings.control.rate,
        axes=rows,
        causes=causes,
        classes=classes,
        harmless=tuple(map(str, findings.harmless)),
        advice=list_advice(findings, rows),
        notes=(*notes.list_notes(findings, memory), *notes.list_unexplained(findings, classes)),
        runs=memory.runs,
        seconds=material.seconds,
        complete=findings.complete,
    )


def list_advice(findings: Findings, rows: Sequence[AxisRow]) -> tuple[str, ...]:
    """Return what would help, each sentence once.

    Args:
        findings: what was found.
        rows: the axes in words.
    """
    changing = {row.name for row in rows if row.status == "changes"}
    advice = [wording.ADVICE_ADDRESSES] if "aslr" in changing and changing & _MOVING else []
    advice += [row.advice for row in rows if row.status == "changes" and row.advice]
    if not findings.control.identical and not any(cause.steadies for cause in findings.causes):
        advice.append(wording.ADVICE_UNSTEADY)
    return tuple(dict.fromkeys(advice))


def _judge(findings: Findings, causes: tuple[CauseRow, ...], rows: tuple[AxisRow, ...]) -> Verdict:
    if findings.failure:
        return "could-not-judge"
    if causes or findings.doubts or (findings.control.repeats and not findings.control.identical):
        return "different"
    tested = any(row.status == "harmless" and row.name != USED for row in rows)
    return "identical" if findings.complete and tested else "could-not-judge"


def _describe_axis(tested: Tested, findings: Findings) -> AxisRow:
    name = tested.axis.name
    reason, status = "; ".join(tested.reasons), "not-tested"
    if any(name in cause.axes for cause in findings.causes):
        status = "changes"
    elif findings.failure:
        reason = "the program gives no results as it is"
    elif not tested.values:
        reason = reason or "no value has an effect here"
    elif name in findings.hung:
        reason = "the program does not end with a value of it; perhaps the tool that sets it breaks a wait"
    elif findings.unusable:
        reason = "the program differs from itself in nearly every run"
    elif {setting.value for setting in findings.harmless if setting.axis == name} >= set(tested.values):
        status = "harmless"
    else:
        reason = "the time was over before this axis was judged"
    advice = tested.axis.advise() if status == "changes" else ""
    values = (tested.baseline, *tested.values)
    title = tested.axis.title
    return AxisRow(
        name=name, title=title, values=values, status=status, reason=reason, remedy=tested.remedy, advice=advice
    )


def _describe_used(findings: Findings) -> tuple[AxisRow, ...]:
    """Return the row for a second run in a used directory."""
    title, values = "a fresh or a used working directory", ("fresh", "used")
    if findings.failure or (findings.used is None and not findings.used_failure):
        return ()
    if findings.used_failure:
        reason = f"a second run in the same directory does not succeed: {findings.used_failure}"
        return (AxisRow(name=USED, title=title, values=values, status="not-tested", reason=reason),)
    status = "changes" if findings.used else "harmless"
    advice = wording.ADVICE_USED if findings.used else ""
    return (AxisRow(name=USED, title=title, values=values, status=status, advice=advice),)


def _describe_cause(cause: Cause, material: Material, classes: tuple[Class, ...]) -> CauseRow:
    base = material.findings.base or World()
    signs = {str(world): kind for kind in classes for world in kind.members}
    kind = signs.get(str(base.with_settings(cause.settings)))
    settings = (*cause.settings, *cause.others, *cause.also)
    return CauseRow(
        axes=cause.axes,
        settings=tuple(map(str, settings)),
        mechanism=wording.explain(cause),
        proof=wording.prove(cause),
        difference="" if kind is None or cause.steadies else kind.difference,
    )
