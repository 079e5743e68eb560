"""Questions about the data of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.questions import Question, answer_yes, say
from verify.files.run import RECORD_NAME

if TYPE_CHECKING:
    from appliance.checklist.questions import Answer
    from appliance.checklist.subject import Subject


def _find_digest(subject: Subject) -> Answer:
    return answer_yes(say(subject.record.digests.dataset, RECORD_NAME))


QUESTIONS = (
    Question(
        id="data.digest",
        title="The samples that were used are part of the result",
        meaning="record.json has a digest of the samples, and the digest of the run covers it.",
        files=(RECORD_NAME,),
        answer=_find_digest,
    ),
    Question(
        id="data.collection",
        title="How the data were collected is described",
        meaning="No file of a run says how samples were collected, or who agreed to it.",
        author="how and by whom the data were collected and labelled, and whether people in them agreed",
    ),
)
