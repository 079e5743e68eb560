"""Questions about what is reported of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.questions import Question, answer_yes, say
from verify.files.run import RECORD_NAME

if TYPE_CHECKING:
    from appliance.checklist.questions import Answer
    from appliance.checklist.subject import Subject


def _find_metrics(subject: Subject) -> Answer:
    values = (f"{name} {value!r}" for name, value in sorted(subject.record.metrics.items()))
    return answer_yes(say(", ".join(values), RECORD_NAME))


QUESTIONS = (
    Question(
        id="reporting.metrics",
        title="The metrics are those of the last epoch",
        meaning="record.json has metrics, and they agree with history.jsonl and the predictions.",
        files=(RECORD_NAME,),
        answer=_find_metrics,
    ),
    Question(
        id="reporting.limits",
        title="The limits of the result are discussed",
        meaning="No file of a run says what its author claims.",
        author="what the result does not show: other data, other sizes, assumptions that may not hold",
    ),
)
