"""One question of the checklist: which files it needs, and how it is answered from a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.checklist.answers import Evidence, Item, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.checklist.subject import Subject


@attrs.frozen(kw_only=True)
class Answer:
    """The answer to one question; see `Item`."""

    status: Status
    evidence: tuple[Evidence, ...] = ()
    remedy: str | None = None


def say(text: object, file: str | None = None, check: str | None = None) -> Evidence:
    """Return one fact; see `Evidence`."""
    return Evidence(text=str(text), file=file, check=check)


def answer_yes(*evidence: Evidence) -> Answer:
    """Return the answer yes."""
    return Answer(status="yes", evidence=evidence)


def answer_no(*evidence: Evidence, remedy: str) -> Answer:
    """Return the answer no; what makes it yes must be said."""
    return Answer(status="no", evidence=evidence, remedy=remedy)


def skip(reason: str, file: str | None = None) -> Answer:
    """Return that the question does not apply to this run."""
    return Answer(status="not-applicable", evidence=(say(reason, file),))


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
    return Item(id=question.id, title=question.title, **attrs.asdict(found, recurse=False))


def _answer(question: Question, subject: Subject) -> Answer:
    if question.answer is None:
        reason = (say(question.meaning),)
        return Answer(status="not-answerable-by-machine", evidence=reason, remedy=question.author)
    doubts = [say(f"no evidence: {subject.doubts[name]}", name) for name in question.files if name in subject.doubts]
    if doubts:
        return answer_no(*doubts, remedy=subject.train_again())
    return question.answer(subject)
