"""Answers before they belong to an item: status, evidence, what to do."""

from __future__ import annotations

import attrs

from appliance.checklist.answers import AUTHOR, Evidence, Status


class Command(str):
    """A command line in a remedy, which can be copied."""

    __slots__ = ()


Remedy = tuple[str, ...]
"""The parts of a sentence; those that are commands are `Command`."""


@attrs.frozen(kw_only=True)
class Answer:
    """The answer to one question; see `Item`."""

    status: Status
    evidence: tuple[Evidence, ...] = ()
    remedy: Remedy = ()


def say(text: object, file: str | None = None, check: str | None = None) -> Evidence:
    """Return one fact; see `Evidence`."""
    return Evidence(text=str(text), file=file, check=check)


def answer_yes(*evidence: Evidence) -> Answer:
    """Return the answer yes."""
    return Answer(status="yes", evidence=evidence)


def answer_no(*evidence: Evidence, remedy: str | Remedy) -> Answer:
    """Return the answer no; what makes it yes must be said."""
    return Answer(status="no", evidence=evidence, remedy=(remedy,) if isinstance(remedy, str) else remedy)


def skip(reason: str, file: str | None = None) -> Answer:
    """Return that the question does not apply to this run."""
    return Answer(status="not-applicable", evidence=(say(reason, file),))


def write(reason: Evidence, *, author: str) -> Answer:
    """Return that no machine can answer for this run, why, and what the author has to write."""
    return Answer(status=AUTHOR, evidence=(reason,), remedy=(author,))
