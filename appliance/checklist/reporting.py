"""Questions about what is reported of a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from appliance.checklist.determinism import sum_sizes
from appliance.checklist.proofs import Proof, weigh
from appliance.checklist.questions import Question
from appliance.checklist.replies import Answer, answer_no, answer_yes, say, skip, write
from appliance.checklist.stability import list_benchmarks
from appliance.verification.outcome import list_notes
from verify.files.history import HISTORY
from verify.files.machine import MACHINE_NAME
from verify.files.measured_answers import SweepAnswer
from verify.files.run import RECORD_NAME
from verify.files.settings import CONFIG_NAME
from verify.files.weights import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.checklist.subject import Subject
    from verify.files.measured_answers import MeanRow, SeedsRow

_FEWEST_SEEDS = 3
_ACCURACY = "test_accuracy"
_LUCK = 2.0  # standard deviations of the share of right answers of a guess
_GUESSING = "the accuracy of always giving the most frequent label, beside the accuracy"
_RANGES = "which settings were tried, how many runs that took, and by what the reported one was chosen"


def _find_metrics(subject: Subject) -> Answer:
    last = subject.record.epochs[-1].scores()
    wrong = sorted(name for name, value in subject.record.metrics.items() if last.get(name) != value)
    values = ", ".join(f"{name} {value!r}" for name, value in sorted(subject.record.metrics.items()))
    if wrong:
        return answer_no(
            say(f"other than in the last epoch: {', '.join(wrong)}", HISTORY), remedy=subject.train_again()
        )
    return answer_yes(say(values, f"{RECORD_NAME}, {HISTORY}"))


def _find_precision(subject: Subject) -> Answer:
    record = subject.record
    stated = record.settings.get("precision")
    found = say(f"precision {record.precision}, and {stated} in the settings", RECORD_NAME)
    return answer_yes(found) if stated == record.precision else answer_no(found, remedy=subject.train_again())


def _find_size(subject: Subject) -> Answer:
    count = sum_sizes(subject, only_weights=True)
    found = say(f"{count} parameters", WEIGHTS)
    return answer_yes(found) if count else answer_no(found, remedy=subject.train_again())


def _find_time(subject: Subject) -> Answer:
    timing = {} if subject.machine is None else subject.machine.timing
    seconds, rate = timing.get("seconds"), timing.get("examples_per_second")
    if subject.machine is None or seconds is None or seconds <= 0:
        return answer_no(say("no time of the training", MACHINE_NAME), remedy=subject.train_again())
    more = f", {rate:.0f} examples per second" if rate else ""
    return answer_yes(say(f"{seconds:.2f} s of training{more}, on {subject.machine.written}", MACHINE_NAME))


def _find_chance(subject: Subject) -> Answer:
    record = subject.record
    if record.metrics.get(_ACCURACY) is None:
        return skip("the loss is no classification, so that guessing has no accuracy", RECORD_NAME)
    notes = list_notes(record)
    if notes:
        remedy = subject.train_again("--set", "optimizer.learning_rate=0.01")
        return answer_no(*(say(note, RECORD_NAME) for note in notes), remedy=remedy)
    if subject.samples.digest != record.digests.dataset or subject.samples.commonest is None:
        return write(say("the labels of the test samples are not here", RECORD_NAME), author=_GUESSING)
    return _compare_with_guessing(subject, record.metrics[_ACCURACY], subject.samples.commonest)


def _compare_with_guessing(subject: Subject, accuracy: float, guessing: float) -> Answer:
    """Compare an accuracy with that of always giving the most frequent label, and with the luck of so few samples."""
    count = subject.samples.counts[1]
    needed = guessing + _LUCK * math.sqrt(guessing * (1.0 - guessing) / count)
    text = f"accuracy {accuracy!r} on {count} test samples; always the most frequent label: {guessing:.4g}"
    if accuracy > needed:
        return answer_yes(say(f"{text}, with luck up to {needed:.4g}", RECORD_NAME))
    found = say(f"{text}, and up to {needed:.4g} by luck", RECORD_NAME)
    longer = subject.train_again("--set", f"training.epochs={10 * len(subject.record.epochs)}")
    return answer_no(found, remedy=("train longer, or test on more samples: ", longer))


def _list_seeds(subject: Subject) -> Iterator[Proof]:
    record = subject.record
    for name, value in list_benchmarks(subject):
        other = (value.config_digest, value.profile) != (record.config_digest, record.profile)
        if other:
            yield Proof(holds=None, text=f"it speaks of other settings or another profile: {value.config}", file=name)
        elif value.seeds is None or not _has_intervals(value.seeds):
            yield Proof(holds=None, text=f"no interval over {_FEWEST_SEEDS} seeds or more", file=name)
        else:
            yield Proof(holds=True, text=_describe_seeds(value.seeds), file=name)


def _has_intervals(seeds: SeedsRow) -> bool:
    rows = seeds.metrics.values()
    return len(set(seeds.seeds)) >= _FEWEST_SEEDS and bool(rows) and all(row.low is not None for row in rows)


def _describe_seeds(seeds: SeedsRow) -> str:
    parts = (_describe_mean(name, row) for name, row in sorted(seeds.metrics.items()))
    return f"{len(seeds.seeds)} seeds: {'; '.join(parts)}"


def _describe_mean(name: str, row: MeanRow) -> str:
    text = f"{name} {row.mean:.6g}"
    if row.standard_deviation is not None:
        text += f", deviation {row.standard_deviation:.2g}"
    if row.low is not None and row.high is not None:
        text += f", {100 * row.confidence:.0f} % interval {row.low:.6g} to {row.high:.6g}"
    return text


def _answer_seeds(subject: Subject) -> Answer:
    words = ("benchmark", "--config", str(subject.path / CONFIG_NAME), "--profile", subject.record.profile)
    remedy = subject.prove_by("seeds.json", *words, "--repeats", "0", "--seeds", "5")
    return weigh(_list_seeds(subject), wanted=f"benchmark --seeds {_FEWEST_SEEDS} or more", remedy=remedy, doubt=remedy)


def _answer_search(subject: Subject) -> Answer:
    """Tell whether the evidence has a sweep with these settings; a run does not know what else was tried."""
    own = subject.record.config_digest
    for name, value in subject.select(SweepAnswer):
        digests = {row.config_digest for row in value.rows}
        if own in digests and len(digests) > 1:
            axes = "; ".join(f"{key} = {', '.join(values)}" for key, values in value.axes.items())
            return answer_yes(say(f"{len(value.rows)} combinations: {axes}", name))
    return write(say("no file of the run says what else was tried"), author=_RANGES)


QUESTIONS = (
    Question(
        id="reporting.metrics",
        title="The metrics are those of the last epoch",
        meaning="The metrics of the record are compared with history.jsonl.",
        files=(RECORD_NAME, HISTORY),
        answer=_find_metrics,
    ),
    Question(
        id="reporting.chance",
        title="The result is better than guessing",
        meaning="The accuracy is above that of always giving the most frequent label, by more than luck.",
        files=(RECORD_NAME,),
        answer=_find_chance,
    ),
    Question(
        id="reporting.seeds",
        title="Metrics are reported over several seeds, with an interval",
        meaning="Evidence: a benchmark with at least three seeds, of the same settings and profile.",
        files=(RECORD_NAME,),
        answer=_answer_seeds,
    ),
    Question(
        id="reporting.precision",
        title="The precision of the numbers is stated",
        meaning="The precision of the record is that of the settings.",
        files=(RECORD_NAME,),
        answer=_find_precision,
    ),
    Question(
        id="reporting.size",
        title="The number of parameters is known",
        meaning="It is counted in weights.safetensors.",
        files=(WEIGHTS,),
        answer=_find_size,
    ),
    Question(
        id="reporting.time",
        title="The time of the training is known",
        meaning="machine.json has the seconds of the training.",
        files=(MACHINE_NAME,),
        answer=_find_time,
    ),
    Question(
        id="reporting.search",
        title="It is said which other settings were tried",
        meaning="Evidence: a sweep with these settings among others. Without it the author must say it.",
        files=(RECORD_NAME,),
        answer=_answer_search,
    ),
    Question(
        id="reporting.cost",
        title="The computing time of the whole work is told",
        meaning="A run knows its own time only, not that of trials and failures.",
        author="how much computing time all runs took, with those that failed or are not reported",
    ),
    Question(
        id="reporting.claims",
        title="The claims follow from the results",
        meaning="No file of a run says what its author claims.",
        author="what is claimed, and which result supports each claim",
    ),
    Question(
        id="reporting.limits",
        title="The limits of the result are discussed",
        meaning="No file of a run says what its author did not try.",
        author="what the result does not show: other data, other sizes, assumptions that may not hold",
    ),
    Question(
        id="reporting.impact",
        title="Ethics and possible harm are discussed",
        meaning="No file of a run says what its result is used for.",
        author="who could be harmed by the result or its use, and what was done about it",
    ),
)
