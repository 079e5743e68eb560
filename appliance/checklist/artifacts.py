"""Questions about the files that a run left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.questions import Answer, Question, answer_no, answer_yes, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.checklist.subject import Subject


def _answer_by(number: str) -> Callable[[Subject], Answer]:
    """Return an answer that is the result of a check of the directory."""

    def answer(subject: Subject) -> Answer:
        result = subject.find_result(number)
        if result is None:
            first = next(result for result in subject.judgement.results if result.status != "pass")
            return answer_no(say(f"not compared: {first.title}", check=first.id), remedy=subject.train_again())
        if result.status == "pass":
            return answer_yes(say(result.title, check=number))
        found = f"{result.title}: {result.found}" if result.found else result.title
        return answer_no(say(found, result.where, number), remedy=subject.train_again())

    return answer


QUESTIONS = (
    Question(
        id="artifacts.files",
        title="Every file of the run is there, and no other file",
        meaning="The check J001 of the directory.",
        answer=_answer_by("J001"),
    ),
    Question(
        id="artifacts.checksums",
        title="Every file has its checksum",
        meaning="The check J002 of the directory.",
        answer=_answer_by("J002"),
    ),
    Question(
        id="artifacts.consistent",
        title="The files agree with each other",
        meaning="The check J003 of the directory.",
        answer=_answer_by("J003"),
    ),
)
