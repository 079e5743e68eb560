"""Questions about the data of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.questions import Question
from appliance.checklist.replies import Answer, Command, Remedy, answer_no, answer_yes, say, skip, write
from appliance.checklist.retrained import list_retrained
from appliance.checklist.samples import find_licence
from appliance.checklist.subject import name_command
from verify.files.record import digest_run
from verify.files.run import RECORD_NAME
from verify.files.settings import CONFIG_NAME
from verify.files.weights import PREDICTIONS

if TYPE_CHECKING:
    from appliance.checklist.answers import Evidence
    from appliance.checklist.subject import Subject

_UNKNOWN = "where the data can be obtained, under which licence"


def _find_digest(subject: Subject) -> Answer:
    record = subject.record
    parts = {name: str(getattr(record.digests, name)) for name in ("dataset", *_OTHERS)}
    if digest_run(record.bits, record.config_digest, parts) != record.digests.run:
        return answer_no(say("the run digest does not cover it", RECORD_NAME), remedy=subject.train_again())
    return answer_yes(say(f"dataset {record.digests.dataset}", RECORD_NAME))


_OTHERS = ("initial_weights", "final_weights", "history", "predictions")


def _find_same(subject: Subject) -> Answer:
    """Tell whether the samples can be had again with the digest of the run: here, or where it was trained again."""
    samples, expected = subject.samples, subject.record.digests.dataset
    if samples.digest == expected:
        return answer_yes(say(f"loaded here from {_name_source(subject)}, with the digest of the run: {expected}"))
    if samples.digest is not None:
        text = f"loaded here, they have another digest: {samples.digest} instead of {expected}"
        return answer_no(say(text), remedy=_check_data(subject))
    again = [proof.tell() for proof in list_retrained(subject) if proof.holds]
    if again:
        return answer_yes(*again)
    reason = say(f"not loaded: {samples.problem}")
    return answer_no(reason, remedy=_retrain(subject) if samples.elsewhere else samples.remedy or _retrain(subject))


def _retrain(subject: Subject) -> Remedy:
    return subject.prove_by("retrained.json", "verify", subject.word, "--retrain")


def _check_data(subject: Subject) -> Command:
    return name_command("data", "check", str(subject.path / CONFIG_NAME))


def _name_source(subject: Subject) -> str:
    return "nowhere" if subject.config is None else subject.config.data.source


def _answer_without(subject: Subject, author: str) -> Answer | None:
    """Return the answer to a question about the samples of the run where they are not here; None where they are.

    Args:
        subject: the run.
        author: what the author has to write where only a program or the code of an experiment has the samples.
    """
    samples, expected = subject.samples, subject.record.digests.dataset
    if samples.digest == expected:
        return None
    if samples.elsewhere:
        return write(say(f"the samples are not here: {samples.problem}"), author=author)
    if samples.digest is None:
        return answer_no(
            say(f"the samples are not here: {samples.problem}"), remedy=samples.remedy or _retrain(subject)
        )
    return answer_no(
        say(f"the samples that are here have another digest: {samples.digest}"), remedy=_check_data(subject)
    )


def _find_controls(subject: Subject) -> Answer:
    samples = subject.samples
    failed = [row for row in samples.results if row.status != "pass"]
    if failed:
        found = (say(f"failed: {row.title}; found: {row.found}", row.where, row.id) for row in failed)
        return answer_no(*found, remedy=failed[0].remedy or _check_data(subject))
    missing = _answer_without(subject, "which checks the samples passed: ranges, labels, values that are not finite")
    if missing is not None:
        return missing
    if not samples.results:
        return skip("the source of the data has no controls")
    names = ", ".join(dict.fromkeys(row.id for row in samples.results))
    return answer_yes(say(f"{len(samples.results)} controls passed", check=names))


def _find_counts(subject: Subject) -> Answer:
    missing = _answer_without(subject, "how many training and test samples there were, and how they were chosen")
    if missing is not None:
        return missing
    if subject.files is None:
        return answer_no(say("the predictions cannot be read", PREDICTIONS), remedy=subject.train_again())
    train, test = subject.samples.counts
    predicted = max((len(array) for array in subject.files.predictions.arrays.values()), default=0)
    found = say(f"{train} training samples, {test} test samples, {predicted} predictions", PREDICTIONS)
    same = predicted == test and train > 0
    return answer_yes(found) if same else answer_no(found, remedy=_check_data(subject))


def _find_shared(subject: Subject) -> Answer:
    missing = _answer_without(subject, "how it was made sure that no test sample was used in training")
    if missing is not None:
        return missing
    shared, (train, test) = subject.samples.shared, subject.samples.counts
    found = say(f"{shared} of {test} test samples are among {train} training samples, bit for bit")
    remedy = "take these samples out of one of the parts, train again, or say in the paper how many they are"
    return answer_no(found, remedy=remedy) if shared else answer_yes(found)


def _find_source(subject: Subject) -> Answer:
    """Tell whether other people can get the data: generated by the program, or published under a known licence."""
    config = subject.config
    licence = None if config is None else find_licence(config, subject.data_dir)
    if config is None or licence is None:
        return write(_tell_unknown(subject), author=_UNKNOWN)
    return answer_yes(say(f"{config.data.source}, licence: {licence}", RECORD_NAME))


def _tell_unknown(subject: Subject) -> Evidence:
    source = "of an unknown source" if subject.config is None else f"of the source {subject.config.data.source}"
    return say(f"no file of the run says who else can get data {source}", RECORD_NAME)


QUESTIONS = (
    Question(
        id="data.digest",
        title="The samples that were used are part of the result",
        meaning="record.json has a digest of the samples, and the digest of the run covers it.",
        files=(RECORD_NAME,),
        answer=_find_digest,
    ),
    Question(
        id="data.same",
        title="The samples can be had again, with the same digest",
        meaning="They are loaded here by the settings of the run. Or evidence: verify RUN --retrain loaded them.",
        files=(RECORD_NAME,),
        answer=_find_same,
    ),
    Question(
        id="data.controls",
        title="The data pass their controls",
        meaning="The controls of data check: published digests, shapes, ranges, labels, numbers of samples.",
        files=(RECORD_NAME,),
        answer=_find_controls,
    ),
    Question(
        id="data.counts",
        title="The numbers of training and test samples are known",
        meaning="They are counted in the samples that are loaded here; there is a prediction for each test sample.",
        files=(RECORD_NAME, PREDICTIONS),
        answer=_find_counts,
    ),
    Question(
        id="data.separate",
        title="No test sample is also a training sample",
        meaning="The features of every test sample are looked for among the training samples, bit for bit.",
        files=(RECORD_NAME,),
        answer=_find_shared,
    ),
    Question(
        id="data.source",
        title="Other people can get the data, under a known licence",
        meaning="The program generates the data, or knows where they are published. Else the author must say it.",
        files=(RECORD_NAME,),
        answer=_find_source,
    ),
    Question(
        id="data.collection",
        title="It is described how the data were collected",
        meaning="No file of a run says how samples were collected, or who agreed to it.",
        author="how and by whom the data were collected and labelled, what was left out, whether people in them agreed",
    ),
)
