"""Questions about the files that a run left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.determinism import sum_sizes
from appliance.checklist.questions import Question
from appliance.checklist.replies import Answer, answer_no, answer_yes, say, skip
from appliance.checklist.subject import name_command
from verify.files.history import HISTORY
from verify.files.run import RECORD_NAME, TRACE_FILES, TRACE_NAME
from verify.files.settings import CONFIG_NAME
from verify.files.weights import PREDICTIONS, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.checklist.subject import Subject

_GOLDEN = "J004"
_BITS = "bits"


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
        return answer_no(say(found, subject.name_place(result.where), number), remedy=subject.train_again())

    return answer


def _find_settings(subject: Subject) -> Answer:
    config = subject.config
    if config is None or config.digest() != subject.record.config_digest:
        found = say(f"they make no configuration of this version: {subject.problem}", RECORD_NAME)
        return answer_no(found, remedy=subject.train_again())
    text = f"{len(list(_list_leaves(subject.record.settings)))} settings, digest {config.digest()}"
    return answer_yes(say(text, f"{RECORD_NAME}, {CONFIG_NAME}"))


def _list_leaves(value: object) -> Iterator[object]:
    """Yield every setting; a section is none."""
    if not isinstance(value, dict):
        yield value
        return
    for item in value.values():
        yield from _list_leaves(item)


def _find_code(subject: Subject) -> Answer:
    experiment = None if subject.config is None else subject.config.experiment
    if experiment is None:
        return skip("the configuration names no code of its own", RECORD_NAME)
    if subject.problem is not None:
        text = f"{subject.problem.title}: {subject.problem.found}"
        remedy = "start in the folder of the experiment, with its files as they were for the run"
        return answer_no(say(text, str(subject.problem.where)), remedy=remedy)
    found = (say(f"{name} {digest}", RECORD_NAME) for name, digest in sorted(experiment.digests.items()))
    return answer_yes(*found)


def _find_again(subject: Subject) -> Answer:
    """Tell whether everything that a training with the settings of the run needs is here."""
    if subject.is_own:
        return answer_no(say("a program gave the samples of this run", RECORD_NAME), remedy=subject.train_again())
    if subject.config is None or subject.problem is not None:
        problem = subject.problem.title if subject.problem else "the settings make no configuration"
        remedy = "start in the folder of the experiment, with its files as they were for the run"
        return answer_no(say(problem, RECORD_NAME), remedy=remedy)
    samples, expected = subject.samples, subject.record.digests.dataset
    if not samples.elsewhere and samples.digest != expected:
        found = samples.problem or f"those that are here have another digest: {samples.digest}"
        remedy = samples.remedy or "place the data where the settings name them; data.same says more"
        return answer_no(say(f"its samples are not here: {found}"), remedy=remedy)
    return answer_yes(say(f"in this directory: {subject.train_again()}", CONFIG_NAME))


def _find_weights(subject: Subject) -> Answer:
    if subject.files is None:
        return answer_no(say("they cannot be read", WEIGHTS), remedy=subject.train_again())
    count = sum_sizes(subject, only_weights=True)
    names = len(subject.files.weights.arrays)
    return answer_yes(say(f"{count} parameters in {names} tensors: {subject.record.digests.final_weights}", WEIGHTS))


def _find_predictions(subject: Subject) -> Answer:
    if subject.files is None:
        return answer_no(say("they cannot be read", PREDICTIONS), remedy=subject.train_again())
    arrays = subject.files.predictions.arrays
    shapes = ", ".join(f"{name} {array.shape}" for name, array in sorted(arrays.items()))
    return answer_yes(say(f"{shapes}: {subject.record.digests.predictions}", PREDICTIONS))


def _find_history(subject: Subject) -> Answer:
    training = subject.record.settings.get("training")
    wanted = training.get("epochs") if isinstance(training, dict) else None
    found = say(f"{len(subject.record.epochs)} epochs, and the settings ask for {wanted}", HISTORY)
    same = len(subject.record.epochs) == wanted
    return answer_yes(found) if same else answer_no(found, remedy=subject.train_again())


def _find_trace(subject: Subject) -> Answer:
    trace = None if subject.files is None else subject.files.trace
    if trace is None or not trace.header.complete or trace.header.level != "step":
        found = say("there is no complete trace of every step", f"{TRACE_NAME}/")
        return answer_no(found, remedy=subject.train_again("--trace", "step"))
    heads = trace.header.heads
    return answer_yes(say(f"fingerprints of {len(heads)} epochs, the last running digest {heads[-1].head}", TRACE_NAME))


def _find_golden(subject: Subject) -> Answer:
    result = subject.find_result(_GOLDEN)
    if result is None:
        return _answer_by(_GOLDEN)(subject)
    if result.status == "pass":
        return answer_yes(say(f"golden of {subject.record.config}: {subject.judgement.expected}", check=_GOLDEN))
    record = name_command("golden", "record", str(subject.path / CONFIG_NAME))
    remedy = subject.train_again() if subject.is_own else record
    return answer_no(say(result.title, check=_GOLDEN), remedy=remedy)


def _find_equal(subject: Subject) -> Answer:
    golden = subject.find_result(_GOLDEN)
    if golden is None or golden.status != "pass":
        return skip("there is no golden of these settings to compare with")
    bad = [row for row in subject.judgement.results if row.status in ("fail", "could-not-judge")]
    if bad:
        found = (say(row.title, subject.name_place(row.where), row.id) for row in bad)
        return answer_no(*found, remedy=bad[0].remedy or name_command("verify", subject.word))
    if subject.judgement.basis != _BITS:
        text = f"only losses were compared, within a tolerance: the run is {subject.record.profile}"
        return answer_no(say(text), remedy=subject.train_again(profile="portable"))
    passed = [row.id for row in subject.judgement.results if row.status == "pass" and row.id.startswith("V")]
    text = f"{len(passed)} checks passed, bit for bit: {subject.judgement.found}"
    return answer_yes(say(text, check=f"{min(passed)} to {max(passed)}"))


def _ask(name: str, title: str, meaning: str, answer: Callable[[Subject], Answer], *files: str) -> Question:
    return Question(id=f"artifacts.{name}", title=title, meaning=meaning, files=files, answer=answer)


QUESTIONS = (
    _ask(
        "files",
        "Every file of the run is there, and no other file",
        "The check J001: every file is a regular file and well-formed, and no other is there.",
        _answer_by("J001"),
    ),
    _ask(
        "checksums",
        "Every file has its checksum",
        "The check J002: the SHA-256 of each file is the one in checksums.sha256.",
        _answer_by("J002"),
    ),
    _ask(
        "consistent",
        "The files agree with each other",
        "The check J003: record, settings, history, weights, predictions and fingerprint agree.",
        _answer_by("J003"),
    ),
    _ask(
        "settings",
        "Every setting is stored, and makes the same configuration again",
        "The settings are read as a configuration, whose digest is that of the run.",
        _find_settings,
        RECORD_NAME,
        CONFIG_NAME,
    ),
    _ask(
        "code",
        "The code of the experiment is here, as it was for the run",
        "Each file that the settings list is looked for in the current directory, and has its digest. None is run.",
        _find_code,
        RECORD_NAME,
    ),
    _ask(
        "again",
        "The run can be made again with what is here",
        "The settings name everything that a training needs, and it is here: samples, code of an experiment.",
        _find_again,
        RECORD_NAME,
        CONFIG_NAME,
    ),
    _ask(
        "weights",
        "The trained weights are stored",
        "weights.safetensors has the digest that the record states.",
        _find_weights,
        RECORD_NAME,
        WEIGHTS,
    ),
    _ask(
        "predictions",
        "The predictions for the test samples are stored",
        "predictions.safetensors has the digest that the record states.",
        _find_predictions,
        RECORD_NAME,
        PREDICTIONS,
    ),
    _ask(
        "history",
        "Every epoch is recorded",
        "history.jsonl has as many epochs as the settings ask for.",
        _find_history,
        RECORD_NAME,
        HISTORY,
    ),
    _ask(
        "trace",
        "Fingerprints of every step are stored",
        "There is a complete trace of every step, so that a difference can be found without training again.",
        _find_trace,
        RECORD_NAME,
        *(f"{TRACE_NAME}/{name}" for name in TRACE_FILES),
    ),
    _ask(
        "golden",
        "There is a golden of these settings",
        "The check J004: a golden that ships, one beside the run directory, or one in --goldens.",
        _find_golden,
        RECORD_NAME,
    ),
    _ask(
        "equal",
        "The run equals its golden",
        "The checks of the record against its golden, V001 to V016, bit for bit.",
        _find_equal,
        RECORD_NAME,
    ),
    Question(
        id="artifacts.archive",
        title="Code, data and run are in a public archive",
        meaning="A run directory does not know where it was published.",
        author="where code, data and run can be downloaded, by a link that stays, such as a DOI",
    ),
    Question(
        id="artifacts.licence",
        title="It is said under which licence code and run may be used",
        meaning="A run directory has no licence file.",
        author="the licence of the code and of the run",
    ),
)
