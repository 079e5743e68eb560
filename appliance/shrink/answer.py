"""The answer: a sentence to repeat, the smallest sets with proof, what is harmless, what could not be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.shrink import wording
from appliance.shrink.rows import CauseRow, PackageRow, RefusedRow
from appliance.vary import notes
from appliance.vary.classes import Class, list_classes
from appliance.vary.wording import prove
from appliance.vary.world import World
from verify.results import find_exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.shrink.rows import Material
    from appliance.shrink.search import Found
    from appliance.shrink.wheels import Change
    from appliance.vary.findings import Cause
    from verify.results import Verdict

SCHEMA = "repro-appliance/shrink/1"


@attrs.frozen(kw_only=True)
class Answer:
    """Everything that is told."""

    verdict: Verdict
    sentence: str
    locks: tuple[str, str]
    repeats: int
    identical: bool
    packages: tuple[PackageRow, ...]
    causes: tuple[CauseRow, ...]
    classes: tuple[Class, ...]
    not_testable: tuple[RefusedRow, ...]
    notes: tuple[str, ...]
    equal_packages: int
    environments: int
    runs: int
    seconds: float
    complete: bool

    @property
    def exit_code(self) -> int:
        """0 where both locks give the same results, 1 where they do not, 3 where that cannot be said."""
        return find_exit_code(self.verdict)

    def to_json(self) -> dict[str, object]:
        """Return it as the JSON object that the command prints."""
        value = {
            name: value for name, value in attrs.asdict(self).items() if name not in {"locks", "repeats", "identical"}
        }
        rate = {"repeats": self.repeats, "identical": self.identical}
        locks = {"a": self.locks[0], "b": self.locks[1]}
        return {**value, "schema": SCHEMA, "locks": locks, "control": rate, "seconds": round(self.seconds, 1)}


def make_answer(material: Material) -> Answer:
    """Return the answer to a search."""
    found, memory = material.found, material.memory
    findings = found.findings
    classes = list_classes(findings, memory, material.launcher) if material.changes else ()
    causes = tuple(_describe_cause(cause, material, classes) for cause in findings.causes)
    rows = tuple(_describe_package(change, found) for change in material.changes)
    verdict = _judge(material)
    refused = [
        RefusedRow(packages=world.axes, reason=reason) for world, reason in sorted(found.refused.items()) if len(world)
    ]
    said = notes.list_notes(findings, memory) if material.changes else []
    return Answer(
        verdict=verdict,
        sentence=wording.say(material, causes, verdict, classes),
        locks=(str(material.locks[0]), str(material.locks[1])),
        repeats=findings.control.repeats,
        identical=findings.control.identical and not found.unsteady,
        packages=rows,
        causes=causes,
        classes=classes,
        not_testable=tuple(refused),
        notes=(*said, *wording.list_remarks(material)),
        equal_packages=material.equal,
        environments=material.environments,
        runs=memory.runs,
        seconds=material.seconds,
        complete=findings.complete,
    )


def _judge(material: Material) -> Verdict:
    found = material.found
    if not material.changes:
        return "identical"
    if found.findings.failure or found.unsteady or found.same is None:
        return "could-not-judge"
    if found.same:
        return "could-not-judge" if found.findings.control.unstable else "identical"
    return "different"


def _describe_package(change: Change, found: Found) -> PackageRow:
    causes = [cause for cause in found.findings.causes if change.name in cause.axes]
    status, reason = "not-tested", "the search did not come to it"
    if causes:
        status, reason = "changes", found.needed.get(change.name, "")
        reason = reason and f"without it the set cannot be tested: {reason}"
    elif found.same or (found.findings.complete and found.covered):
        status, reason = "harmless", ""
    elif found.findings.complete:
        reason = "it acts only beside the causes, or could not be tested without them"
    before = "absent" if change.a is None else change.a.version
    return PackageRow(name=change.name, a=before, b=change.value, status=status, reason=reason)


def _describe_cause(cause: Cause, material: Material, classes: Sequence[Class]) -> CauseRow:
    world = str(World.make(cause.settings))
    kind = next((kind for kind in classes if world in kind.worlds), None)
    changes = tuple(str(change) for change in material.changes if change.name in cause.axes)
    return CauseRow(
        packages=cause.axes,
        changes=changes,
        mechanism=wording.explain(cause, material.found),
        proof=prove(cause),
        difference="" if kind is None else kind.difference,
    )
