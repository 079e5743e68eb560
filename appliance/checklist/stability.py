"""Questions about whether the results stay the same: one run alone shows nothing, files of evidence can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.proofs import Proof, weigh
from appliance.checklist.questions import Question
from appliance.checklist.replies import Answer, skip
from appliance.checklist.retrained import list_retrained, was_trained
from appliance.checklist.subject import name_command, print_into
from appliance.vary.comparing.contents import read_output
from verify.files.answers import VaryAnswer
from verify.files.measured_answers import BenchmarkAnswer, SweepAnswer
from verify.files.reports import Agreement
from verify.files.run import RECORD_NAME, RESULTS
from verify.files.settings import CONFIG_NAME
from verify.files.trial_answers import ProveAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from appliance.checklist.subject import Subject
    from verify.files.reports import LegRow

_IDENTICAL = "identical"
_DIFFERENT = "repro-appliance fingerprint --diff A B compares the fingerprints of two machines"
_UNKNOWN = ("", "?")
_NEEDED = ("hash-seed", "threads")  # the axes of which the question speaks


def list_benchmarks(subject: Subject) -> Iterator[tuple[str, BenchmarkAnswer]]:
    """Yield every benchmark of the evidence, those in sweeps too, with the name of its file."""
    yield from subject.select(BenchmarkAnswer)
    for name, value in subject.select(SweepAnswer):
        yield from ((name, row) for row in value.rows)


def _list_repeats(subject: Subject) -> Iterator[Proof]:
    record = subject.record
    for name, value in list_benchmarks(subject):
        row = value.repeats.get(record.profile)
        if value.config_digest != record.config_digest or row is None:
            yield Proof(holds=None, text=f"it speaks of other settings or profiles: {value.config}", file=name)
        elif not row.identical or row.run_digest != record.digests.run:
            state = "agree, but not with this run" if row.identical else "differ from each other"
            yield Proof(holds=False, text=f"{row.count} repeats {state}: {row.run_digest}", file=name)
        elif row.count > 1:
            text = f"{row.count} repeats agree, with the digest of this run: {row.run_digest}"
            yield Proof(holds=True, text=text, file=name)


def _list_worlds(subject: Subject) -> Iterator[Proof]:
    answers = list(subject.select(VaryAnswer))
    sound = [name for name in RESULTS if name not in subject.doubts] if answers else []
    own = {name: read_output(subject.path / name, name).content for name in sound}
    for name, value in answers:
        same = [row for row in value.classes if _is_this_run(row.outputs, own)]
        tried = [axis.name for axis in value.axes if axis.status == "harmless"]
        left = [axis.name for axis in value.axes if axis.status == "not-tested"]
        if not same:
            yield Proof(holds=None, text="none of its worlds gave the results of this run", file=name)
        elif value.verdict == "different":
            yield Proof(holds=False, text=value.sentence, file=name)
        elif value.verdict == _IDENTICAL and not set(_NEEDED) <= set(tried):
            lacking = ", ".join(sorted(set(_NEEDED) - set(tried)))
            yield Proof(holds=None, text=f"it did not vary: {lacking}", file=name)
        elif value.verdict == _IDENTICAL:
            more = f"; not tested: {', '.join(left)}" if left else ""
            text = f"{value.runs} runs gave the results of this run, varied: {', '.join(tried)}{more}"
            yield Proof(holds=True, text=text, file=name)
        else:
            yield Proof(holds=None, text=f"it could not judge: {value.sentence}", file=name)


def _is_this_run(outputs: object, own: dict[str, str]) -> bool:
    """Tell whether outputs of a program are result files of this run, and none is another one."""
    pairs = outputs.items() if hasattr(outputs, "items") else ()
    found = {str(path).rpartition("/")[2]: digest for path, digest in pairs}
    shared = [name for name in found if name in own]
    return RECORD_NAME in shared and all(found[name] == own[name] for name in shared)


def _list_machines(subject: Subject) -> Iterator[Proof]:
    record = subject.record
    for name, value in subject.select(Agreement):
        legs = [leg for leg in value.legs if record.config in leg.digests and _trained(leg, record.config)]
        same = [leg for leg in legs if leg.digests[record.config] == record.digests.run]
        kinds = {_describe_machine(leg): None for leg in same}
        if not same:
            yield Proof(holds=None, text=f"no machine in it trained this run of {record.config}", file=name)
        elif len(same) < len(legs):
            text = f"{len(legs) - len(same)} of {len(legs)} machines gave another run digest"
            yield Proof(holds=False, text=text, file=name)
        elif not _are_several(same):
            yield Proof(holds=None, text=f"all of its {len(same)} reports are of one kind of machine", file=name)
        else:
            text = f"{len(same)} reports of {len(kinds)} kinds of machines gave this run: {'; '.join(kinds)}"
            yield Proof(holds=True, text=text, file=name)


def _trained(leg: LegRow, config: str) -> bool:
    """Tell whether a machine trained a configuration; a shortened file has numbers of checks, and then the verdict."""
    if not isinstance(leg.checks, list | tuple):
        return leg.verdict == _IDENTICAL
    rows = [row for row in leg.checks if isinstance(row, dict) and row.get("config") == config]
    return was_trained({str(row.get("id")) for row in rows})


def _are_several(legs: Sequence[LegRow]) -> bool:
    """Tell whether two of these machines differ in what is known of both."""
    known = [
        {value for value in column if value not in _UNKNOWN} for column in zip(*map(_list_parts, legs), strict=True)
    ]
    return any(len(values) > 1 for values in known)


def _list_parts(leg: LegRow) -> tuple[str, str, str]:
    return leg.processor, leg.isa, leg.blas


def _describe_machine(leg: LegRow) -> str:
    return ", ".join(_list_parts(leg))


def _list_proofs(subject: Subject, kind: str) -> Iterator[Proof]:
    for name, value in subject.select(ProveAnswer):
        if value.subject != kind or value.config_digest != subject.record.config_digest:
            yield Proof(holds=None, text=f"it speaks of other settings, or of {value.subject}", file=name)
        elif value.verdict == _IDENTICAL and value.trials:
            yield Proof(holds=True, text=f"{len(value.trials)} trials: {value.sentence}", file=name)
        elif value.verdict == "different":
            yield Proof(holds=False, text=value.sentence, file=name)
        else:
            yield Proof(holds=None, text=f"it could not judge: {value.sentence}", file=name)


def _answer_repeats(subject: Subject) -> Answer:
    words = ("benchmark", "--config", str(subject.path / CONFIG_NAME), "--profile", subject.record.profile)
    return weigh(
        _list_repeats(subject),
        wanted="benchmark --repeats",
        remedy=subject.prove_by("repeats.json", *words, "--repeats", "3", "--fresh"),
        doubt="docs/determinism.md says how to find what differs between two runs of one machine",
    )


def _answer_retrained(subject: Subject) -> Answer:
    doubt = (subject.train_again(), ", then ", name_command("why", str(subject.path), f"{subject.path}-again"))
    remedy = subject.prove_by("retrained.json", "verify", subject.word, "--retrain")
    return weigh(list_retrained(subject), wanted="verify --retrain", remedy=remedy, doubt=doubt)


def _answer_machines(subject: Subject) -> Answer:
    if subject.is_own:
        return weigh(_list_machines(subject), wanted="agree or fleet", remedy=subject.prove_by(""), doubt=_DIFFERENT)
    here = print_into("here.json", "verify", subject.word, "--retrain")
    joined = subject.prove_by("machines.json", "agree", "here.json", "there.json")
    remedy = (here, ", the same on another machine into there.json, then ", *joined)
    return weigh(_list_machines(subject), wanted="agree or fleet", remedy=remedy, doubt=_DIFFERENT)


def _answer_worlds(subject: Subject) -> Answer:
    words = ("vary", "--config", str(subject.path / CONFIG_NAME), "--profile", subject.record.profile)
    remedy = subject.prove_by("worlds.json", *words)
    portable = subject.train_again(profile="portable")
    return weigh(_list_worlds(subject), wanted="vary", remedy=remedy, doubt=portable)


def _answer_by_prove(kind: str) -> Callable[[Subject], Answer]:
    """Return the answer by `prove resume` or `prove workers`, which train in portable arithmetic."""

    def answer(subject: Subject) -> Answer:
        if subject.record.profile != "portable":
            return skip(f"prove tries portable trainings, and this run is {subject.record.profile}", RECORD_NAME)
        words = ("prove", kind, "--config", str(subject.path / CONFIG_NAME))
        remedy = subject.prove_by(f"{kind}.json", *words)
        doubt = (name_command(*words), " names what differs")
        return weigh(_list_proofs(subject, kind), wanted=f"prove {kind}", remedy=remedy, doubt=doubt)

    return answer


def _ask(name: str, title: str, meaning: str, answer: Callable[[Subject], Answer]) -> Question:
    return Question(id=f"determinism.{name}", title=title, meaning=meaning, files=(RECORD_NAME,), answer=answer)


QUESTIONS = (
    _ask(
        "repeats",
        "Repeats with the same seed agree, bit for bit",
        "Evidence: a benchmark with repeats, of the same settings and profile, with the run digest of this run.",
        _answer_repeats,
    ),
    _ask(
        "retrained",
        "Training again from the files of the run gave the same digests",
        "Evidence: verify RUN --retrain, or verify NAME of a configuration with a golden.",
        _answer_retrained,
    ),
    _ask(
        "machines",
        "Other machines gave the same digests",
        "Evidence: an answer of agree or fleet in which two kinds of machines trained (processor, instructions, BLAS).",
        _answer_machines,
    ),
    _ask(
        "worlds",
        "Threads, hash seeds and other axes do not change the results",
        "Evidence: an answer of vary with at least threads and hash seeds, whose outputs are the files of this run.",
        _answer_worlds,
    ),
    _ask(
        "resume",
        "A stopped and resumed training gives the same results",
        "Evidence: an answer of prove resume, of the same settings.",
        _answer_by_prove("resume"),
    ),
    _ask(
        "workers",
        "The number of workers does not change the results",
        "Evidence: an answer of prove workers, of the same settings.",
        _answer_by_prove("workers"),
    ),
)
