"""Compares what `vary` said of a program with the right answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    from delivery.vary_table.programs import Program
    from delivery.vary_table.running import Heard

Judged = Literal["right", "cannot be shown here", "wrong"]
_DONE = (0, 1)  # exit codes of a search that came to an end


@attrs.frozen(kw_only=True)
class Row:
    """One row of the table.

    Args:
        id: the program.
        title: what it does.
        answer: the right answer.
        named: what was named.
        judged: whether that is right.
        reason: why not, or why it cannot be shown here.
        runs: how often the program was run.
        seconds: wall time.
        mebibytes: memory that `vary` used at most.
    """

    id: str
    title: str
    answer: str
    named: str
    judged: Judged
    reason: str = ""
    runs: int = 0
    seconds: float = 0.0
    mebibytes: int = 0


def judge(program: Program, heard: Heard) -> Row:
    """Return the row of a program."""
    answer: dict[str, Any] = heard.answer
    row = Row(
        id=program.id, title=program.title, answer=program.answer, named="no answer", judged="wrong",
        seconds=round(heard.seconds, 1), mebibytes=heard.peak,
    )  # fmt: skip
    if heard.code not in (*_DONE, 3) or not answer:
        return attrs.evolve(row, reason=f"exit code {heard.code}: {heard.messages}")
    named, itself = _list_named(answer), not answer["control"]["identical"]
    untested = {axis["name"]: axis["reason"] for axis in answer["axes"] if axis.get("reason")}
    parts = [*(["differs from itself"] if itself else []), *_tell_joined(answer)]
    row = attrs.evolve(row, named="; ".join(parts) or "nothing", runs=answer["runs"])
    faults = [f"{name} is named" for name in sorted(named - set(program.named) - set(program.also))]
    if itself != program.itself:
        faults.append("differs from itself" if itself else "no word of differing from itself")
    hidden: list[str] = []
    for name in program.named:
        if name not in named:
            reasons = [f"{axis}: {untested[axis]}" for axis in name.split(" + ") if axis in untested]
            hidden += reasons
            faults += [] if reasons else [f"{name} is not named"]
    text = _join_texts(answer)
    if not hidden:
        faults += [f"it does not say: {needed}" for needed in program.says if needed not in text]
        faults += ["it could not judge"] if heard.code not in _DONE else []
    judged: Judged = "wrong" if faults else "cannot be shown here" if hidden else "right"
    return attrs.evolve(row, judged=judged, reason="; ".join(faults or hidden))


def skip(program: Program, missing: list[str]) -> Row:
    """Return the row of a program that cannot be run on this machine."""
    return Row(
        id=program.id, title=program.title, answer=program.answer, named="-",
        judged="cannot be shown here", reason=f"missing: {', '.join(missing)}",
    )  # fmt: skip


def _is_joint(cause: dict[str, Any]) -> bool:
    return "only together" in cause.get("mechanism", "")


def _list_named(answer: dict[str, Any]) -> set[str]:
    """Return the causes: each axis, or the axes that act only together as one."""
    found: set[str] = set()
    for cause in answer["causes"]:
        found |= {" + ".join(sorted(cause["axes"]))} if _is_joint(cause) else set(cause["axes"])
    return found


def _tell_joined(answer: dict[str, Any]) -> list[str]:
    """Return the causes in words; two axes through which one cause is seen have a sign of equality."""
    words = [(" + " if _is_joint(cause) else " = ").join(sorted(cause["axes"])) for cause in answer["causes"]]
    return list(dict.fromkeys(words))


def _join_texts(answer: dict[str, Any]) -> str:
    """Return all words of an answer as one text."""
    return json.dumps(answer, ensure_ascii=False)
