"""One question of the checklist: which files it needs, and how it is answered from a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.checklist.answers import Item
from appliance.checklist.replies import Answer, Command, answer_no, say, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.checklist.subject import Subject


@attrs.frozen(kw_only=True)
class Question:
    """One question.

    Args:
        id: part and name.
        title: what is true where the answer is yes.
        meaning: what is looked at, and what must hold; for a question without an answer by machine, why there is none.
        files: the files of the run that are read; one that is no evidence makes the answer no.
        answer: gives the answer; None where no machine can.
        author: what the author has to write where no machine can answer.
    """

    id: str
    title: str
    meaning: str
    files: tuple[str, ...] = ()
    answer: Callable[[Subject], Answer] | None = None
    author: str | None = None


def ask(question: Question, subject: Subject) -> Item:
    """Return the answered item."""
    found = _answer(question, subject)
    return Item(
        id=question.id,
        title=question.title,
        status=found.status,
        evidence=found.evidence,
        remedy="".join(found.remedy) or None,
        commands=tuple(str(part) for part in found.remedy if isinstance(part, Command)),
    )


def _answer(question: Question, subject: Subject) -> Answer:
    if question.answer is None:
        return write(say(question.meaning), author=question.author or "")
    doubts = [say(f"no evidence: {subject.doubts[name]}", name) for name in question.files if name in subject.doubts]
    if doubts:
        return answer_no(*doubts, remedy=subject.train_again())
    return question.answer(subject)
