"""Questions about what makes results the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.questions import Question, answer_no, answer_yes, say
from verify.files.run import RECORD_NAME

if TYPE_CHECKING:
    from appliance.checklist.questions import Answer
    from appliance.checklist.subject import Subject


def _find_arithmetic(subject: Subject) -> Answer:
    record = subject.record
    found = say(f"profile {record.profile}, bits {record.bits}", RECORD_NAME)
    if record.profile == "portable":
        return answer_yes(found)
    return answer_no(found, remedy=subject.train_again("--profile", "portable"))


QUESTIONS = (
    Question(
        id="determinism.arithmetic",
        title="The arithmetic has the same bits on every machine",
        meaning="The profile of the run is portable.",
        files=(RECORD_NAME,),
        answer=_find_arithmetic,
    ),
)
