"""Questions about the environment of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.questions import Question, answer_no, answer_yes, say
from verify.files.run import FINGERPRINT_NAME

if TYPE_CHECKING:
    from appliance.checklist.questions import Answer
    from appliance.checklist.subject import Subject

_FILES = (FINGERPRINT_NAME,)


def _find_record(subject: Subject) -> Answer:
    machine = subject.require_fingerprint()
    if not machine.compared or not machine.probes:
        return answer_no(say("it has no fields or no probes", FINGERPRINT_NAME), remedy=subject.train_again())
    text = f"{len(machine.compared)} fields, {len(machine.probes)} probes, class {machine.class_digest}"
    return answer_yes(say(text, FINGERPRINT_NAME))


QUESTIONS = (
    Question(
        id="environment.recorded",
        title="The environment is stored with the result",
        meaning="fingerprint.json describes the machine by fields and by what native operations gave there.",
        files=_FILES,
        answer=_find_record,
    ),
)
