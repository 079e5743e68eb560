"""Questions about what makes results the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.checklist import stability
from appliance.checklist.own_code import uses_own_code
from appliance.checklist.questions import Question
from appliance.checklist.replies import Answer, answer_no, answer_yes, say, write
from appliance.checklist.subject import name_command
from verify.bits import BITS_VERSION
from verify.files.machine import MACHINE_NAME
from verify.files.run import RECORD_NAME
from verify.files.weights import PREDICTIONS, WEIGHTS

if TYPE_CHECKING:
    from appliance.checklist.subject import Subject

# The tiers of the host certificate with which the guarantee of a profile holds.
_PORTABLE, _SAME_SET, _SAME_MACHINE = "portable", "same instruction set", "same machine"
_TIERS = {
    "portable": (_PORTABLE,),
    "pinned": (_PORTABLE, _SAME_SET),
    "native": (_PORTABLE, _SAME_SET, _SAME_MACHINE),
}


_OWN_ARITHMETIC = (
    "that the code of the experiment, its layers, losses and rules compute portably: appliance.check_portable finds "
    "nothing, or two kinds of machines gave the same digests"
)


def _find_seed(subject: Subject) -> Answer:
    record = subject.record
    stated = record.settings.get("seed")
    found = say(f"seed {record.seed}, covered by the digest of the settings {record.config_digest}", RECORD_NAME)
    if stated != record.seed:
        return answer_no(found, say(f"the settings have seed {stated}", RECORD_NAME), remedy=subject.train_again())
    return answer_yes(found)


def _find_arithmetic(subject: Subject) -> Answer:
    record = subject.record
    found = say(f"profile {record.profile}, bits {record.bits}", RECORD_NAME)
    if record.profile != _PORTABLE:
        return answer_no(found, remedy=subject.train_again(profile=_PORTABLE))
    if uses_own_code(record.settings):
        text = "code of one's own computes a part of it, and no file of the run shows that it is portable"
        return write(say(text, RECORD_NAME), author=_OWN_ARITHMETIC)
    return answer_yes(found)


def _find_bits(subject: Subject) -> Answer:
    found = say(f"bits {subject.record.bits}; this program has bits {BITS_VERSION}", RECORD_NAME)
    if subject.record.bits == BITS_VERSION:
        return answer_yes(found)
    return answer_no(found, remedy=subject.train_again())


def _find_host(subject: Subject) -> Answer:
    certificate = None if subject.machine is None else subject.machine.certificate
    if certificate is None:
        return answer_no(say("no certificate", MACHINE_NAME), remedy=subject.train_again())
    found = say(f"tier {certificate.tier}, certificate {certificate.id}", MACHINE_NAME)
    if certificate.tier in _TIERS[subject.record.profile]:
        return answer_yes(found)
    remedy = (name_command("certify"), " names what does not hold here; then ", subject.train_again())
    return answer_no(found, remedy=remedy)


def _find_finite(subject: Subject) -> Answer:
    """Look at every value itself, because a file with a value that is not finite has no digest."""
    if subject.files is None:
        return answer_no(say("the arrays cannot be read", WEIGHTS), remedy=subject.train_again())
    parts = ((WEIGHTS, subject.files.weights), (PREDICTIONS, subject.files.predictions))
    doubts = [say(f"no evidence: {subject.doubts[file]}", file) for file, _ in parts if file in subject.doubts]
    arrays = [(file, name, array) for file, part in parts for name, array in part.arrays.items()]
    bad = [(file, name) for file, name, array in arrays if not np.all(np.isfinite(array))]
    if bad:
        found = (say(f"{name} has values that are not finite", file) for file, name in bad)
        return answer_no(*found, remedy=(subject.train_again(), " names the first step with such a value"))
    if doubts:
        return answer_no(*doubts, remedy=subject.train_again())
    count = f"{sum_sizes(subject)} values in {len(arrays)} arrays"
    return answer_yes(say(count, f"{WEIGHTS}, {PREDICTIONS}"))


def sum_sizes(subject: Subject, *, only_weights: bool = False) -> int:
    """Return how many values the weights hold, and the predictions, too, unless left out."""
    files = subject.files
    parts = () if files is None else (files.weights,) if only_weights else (files.weights, files.predictions)
    return sum(int(array.size) for part in parts for array in part.arrays.values())


QUESTIONS = (
    Question(
        id="determinism.seed",
        title="The seed is part of the settings and of the result",
        meaning="The seed of the record is that of the settings, which their digest covers.",
        files=(RECORD_NAME,),
        answer=_find_seed,
    ),
    Question(
        id="determinism.arithmetic",
        title="The arithmetic has the same bits on every machine",
        meaning="The profile of the run is portable, and no code of one's own takes part; else the author must say it.",
        files=(RECORD_NAME,),
        answer=_find_arithmetic,
    ),
    Question(
        id="determinism.bits",
        title="The version of the arithmetic is one that can be run",
        meaning="The bits version of the run is that of the program that answers.",
        files=(RECORD_NAME,),
        answer=_find_bits,
    ),
    Question(
        id="determinism.host",
        title="The machine gave the guarantee of the profile",
        meaning="machine.json has the host certificate of the run; its tier is enough for the profile.",
        files=(RECORD_NAME, MACHINE_NAME),
        answer=_find_host,
    ),
    Question(
        id="determinism.finite",
        title="Every weight and every prediction is a finite number",
        meaning="Each value of both files is looked at.",
        answer=_find_finite,
    ),
    *stability.QUESTIONS,
)
