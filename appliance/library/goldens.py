"""Goldens of runs that a program makes: compared, and recorded only when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.verification.recording import prepare_place
from appliance.verification.subjects import Subject
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.golden import build_golden
from verify.files.goldens import locate_golden, read_golden, write_golden
from verify.judging.checks import judge_record
from verify.results import find_exit_code

if TYPE_CHECKING:
    from appliance.training.record import Record
    from verify.results import Judgement, Verdict

FOLDER = "goldens"
_COMMAND = "appliance.record_golden(record)"


@attrs.frozen(kw_only=True)
class GoldenAnswer:
    """Whether a run equals its golden.

    Attributes:
        verdict: "identical", "different", "close" (native arithmetic on another class of machine), "could-not-judge".
        sentence: the same in words, with the first difference.
        path: the file of the golden.
        judgement: every check that was made; None where there is no sound golden.
    """

    verdict: Verdict
    sentence: str
    path: Path
    judgement: Judgement | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that belongs to the verdict: 0 identical, 1 different, 3 close or could not judge."""
        return find_exit_code(self.verdict)

    def __str__(self) -> str:
        return self.sentence


def golden(record: Record, directory: str | Path = FOLDER) -> GoldenAnswer:
    """Compare a run with its golden, bit for bit; nothing is written.

    Args:
        record: of a training, such as `fit` returns it.
        directory: where goldens are; the file is named after the run.

    >>> import tempfile
    >>> from appliance import golden, record_golden, train
    >>> record = train("smoke")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     before = golden(record, folder).verdict
    ...     path = record_golden(record, folder)
    ...     before, golden(record, folder).sentence
    ('could-not-judge', 'smoke equals its golden, bit for bit')
    """
    found, path = record.to_file(), locate_golden(record.config.name, Path(directory))
    try:
        known = read_golden(path, command=_COMMAND)
    except CouldNotJudgeError as error:
        reason = f"{error.title} ({path})" if path.exists() else f"there is no golden {path}"
        advice = f"; {error.remedy}" if error.remedy else ""
        return GoldenAnswer(verdict="could-not-judge", sentence=f"could not judge: {reason}{advice}", path=path)
    judgement = judge_record(found, known, fingerprint_class=record.fingerprint.class_digest)
    sentence = _describe(judgement)
    return GoldenAnswer(verdict=judgement.verdict, sentence=sentence, path=path, judgement=judgement)


def _describe(judgement: Judgement) -> str:
    """Return the verdict as a sentence, with the first check that did not pass."""
    name, verdict = judgement.config, judgement.verdict
    if verdict == "identical":
        return f"{name} equals its golden, bit for bit"
    if verdict == "close":
        return f"{name} is close to its golden: losses agree, bits are not compared on another class of machine"
    status = "fail" if verdict == "different" else "could-not-judge"
    first = next(result for result in judgement.results if result.status == status)
    place = f", first at {first.where}" if first.where else ""
    values = f": expected {first.expected}, found {first.found}"
    head = f"{name} is DIFFERENT from its golden" if verdict == "different" else f"{name} could not be judged"
    return f"{head}: {first.title}{place}{values}"


def record_golden(record: Record, directory: str | Path = FOLDER, *, replace: bool = False) -> Path:
    """Make a run the golden that later runs of its name must equal, and return the file.

    Record on purpose and by hand, look at what changed, and keep the file in version control.

    Args:
        record: of a portable training.
        directory: where goldens are; it is made if it does not exist.
        replace: overwrite the golden that exists.

    Raises:
        UsageError: the variable CI is set, the golden exists and is not to be replaced, the directory cannot be
            written, or the run is not portable.

    >>> import tempfile
    >>> from appliance import record_golden, train
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     record_golden(train("smoke"), folder).name
    'smoke.json'
    """
    path = locate_golden(record.config.name, Path(directory))
    prepare_place(Subject(config=record.config, golden=path, command=_COMMAND, own=True), replace=True)
    if path.exists() and not replace:
        remedy = "look at what changed; if it is meant: appliance.record_golden(record, replace=True)"
        raise UsageError("the golden exists already", expected="no golden of this name", found=path, remedy=remedy)
    made = build_golden(record.to_file(), record.fingerprint.summarize())
    write_golden(path, made, replace=replace)
    return path
