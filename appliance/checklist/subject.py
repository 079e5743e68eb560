"""What a run directory holds, read once for all questions; a file that is no evidence is named with the reason."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from appliance.checklist.replies import Command, Remedy
from appliance.checklist.samples import Samples, load_samples
from appliance.config import parse_settings
from appliance.config.loading import locate_files
from appliance.config.own import OWN_SOURCE
from appliance.verification.subjects import find_subject
from verify.digests import digest_bytes
from verify.errors import ApplianceError, CouldNotJudgeError, UsageError
from verify.files import checksums
from verify.files.checksums import CHECKSUMS, parse_checksums
from verify.files.fingerprint import FINGERPRINT
from verify.files.machine import MACHINE, MACHINE_NAME
from verify.files.reading import read_bytes
from verify.files.record import RECORD
from verify.files.run import FINGERPRINT_NAME, LIMITS, RECORD_NAME, load_run, name_directory
from verify.files.settings import CONFIG_NAME
from verify.files.writing import make_printable
from verify.judging.contradictions import CHECKSUM, list_contradictions
from verify.judging.runs import judge_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from appliance.checklist.given import Given
    from appliance.config import Config
    from verify.files.fingerprint import Fingerprint
    from verify.files.kinds import FileKind
    from verify.files.machine import Circumstances
    from verify.files.record import RunRecord
    from verify.files.run import RunFiles
    from verify.results import Judgement, Result

Form = TypeVar("Form")
_CHANGED = "another checksum than checksums.sha256 states"


@attrs.frozen(kw_only=True, eq=False)
class Subject:
    """A run in question.

    Args:
        path: the run directory.
        record: its record.
        files: everything in it; None where a file cannot be read.
        fingerprint: the machine; None where it cannot be read.
        machine: when and where the run was made; None where it cannot be read.
        doubts: the files that are no evidence, with the reason.
        judgement: the checks of the directory and of the record against its golden.
        config: the configuration that the settings make; None where they make none.
        problem: why they make none, or why the code of the experiment is not here.
        samples: the samples, loaded here.
        data_dir: where data sets are; None for the usual place.
        given: answers of other commands.
    """

    path: Path
    record: RunRecord
    files: RunFiles | None
    fingerprint: Fingerprint | None
    machine: Circumstances | None
    doubts: Mapping[str, str]
    judgement: Judgement
    config: Config | None
    problem: ApplianceError | None
    samples: Samples
    data_dir: Path | None
    given: Sequence[Given]

    def find_result(self, number: str) -> Result | None:
        """Return the result of a check of the directory or of its golden; None where it was not made."""
        return next((result for result in self.judgement.results if result.id == number), None)

    def name_place(self, where: str | None) -> str | None:
        """Return a place in the run directory without the directory."""
        return None if where is None else where.removeprefix(str(self.path)).strip("/, ") or None

    def select(self, form: type[Form]) -> Iterator[tuple[str, Form]]:
        """Yield name and contents of every file of evidence of one form."""
        return ((given.name, given.value) for given in self.given if isinstance(given.value, form))

    @property
    def word(self) -> str:
        """The run directory as a word of a command."""
        return name_directory(self.path)

    @property
    def is_own(self) -> bool:
        """Whether a program gave the samples, which alone can make the run again."""
        data = self.record.settings.get("data")
        return isinstance(data, dict) and data.get("source") == OWN_SOURCE

    def train_again(self, *words: str, profile: str | None = None) -> str:
        """Return the command that makes a new run of the same settings beside this one."""
        if self.is_own:
            return "start the program that calls `appliance.fit` again"
        if CONFIG_NAME in self.doubts:
            return "ask for the directory again, as it was written"
        chosen = profile or self.record.profile
        place = f"{self.path}-again"
        return name_command(
            "train", "--config", str(self.path / CONFIG_NAME), "--profile", chosen, "--out", place, *words
        )

    def prove_by(self, file: str, *words: str) -> Remedy:
        """Return the command that makes a file of evidence, and the one that answers the checklist with it."""
        if self.is_own:
            return ("start the program that calls `appliance.fit` again, and compare the run digests",)
        return print_into(file, *words), ", then ", name_command("checklist", self.word, "--evidence", file)


def name_command(*words: str) -> Command:
    """Return a command line of this program."""
    return Command(shlex.join(["repro-appliance", *words]))


def print_into(file: str, *words: str) -> Command:
    """Return a command line that prints its JSON into a file."""
    return Command(f"{name_command(*words, '--json')} > {shlex.quote(file)}")


def read_subject(
    path: Path, *, data_dir: Path | None = None, golden_dir: Path | None = None, given: Sequence[Given] = ()
) -> Subject:
    """Read a run directory as far as it can be read.

    Raises:
        UsageError: there is no such directory.
        CouldNotJudgeError: there is no record in it that can be read.
    """
    files = _load(path)
    record = files.record if files else _read_record(path)
    config, problem = _read_config(record, path)
    return Subject(
        path=path,
        record=record,
        files=files,
        fingerprint=files.fingerprint if files else _try(FINGERPRINT, path / FINGERPRINT_NAME),
        machine=files.machine if files else _try(MACHINE, path / MACHINE_NAME),
        doubts=_doubt_together(files) if files else _doubt_alone(path),
        judgement=judge_run(path, golden_dir or _find_goldens(path)),
        config=config,
        problem=problem,
        samples=Samples(problem=f"{problem}") if config is None else load_samples(config, data_dir),
        data_dir=data_dir,
        given=given,
    )


def _load(path: Path) -> RunFiles | None:
    try:
        return load_run(path)
    except CouldNotJudgeError:
        return None


def _read_record(path: Path) -> RunRecord:
    try:
        return RECORD.read(path / RECORD_NAME)
    except UsageError as error:
        raise CouldNotJudgeError(
            error.title, expected=error.expected, found=error.found, where=error.where, remedy=RECORD.remedy
        ) from error


def _read_config(record: RunRecord, path: Path) -> tuple[Config | None, ApplianceError | None]:
    """Return the configuration; one whose code is not here is returned with the reason."""
    config = None
    try:
        config = parse_settings(dict(record.settings), where=path)
        return locate_files(config, path), None
    except ApplianceError as error:
        return config, error


def _find_goldens(path: Path) -> Path | None:
    """Return where `golden record` puts the golden of a run; None for the folder of those that ship."""
    try:
        subject = find_subject(str(path / CONFIG_NAME))
    except ApplianceError:
        return None
    return subject.golden.parent if subject.own else None


def _try(kind: FileKind[Any], path: Path) -> Any:  # noqa: ANN401 - what the kind holds
    try:
        return kind.read(path)
    except ApplianceError:
        return None


def _doubt_together(files: RunFiles) -> dict[str, str]:
    """Return the doubts of a directory that can be read: checksums, then what contradicts itself."""
    rows = list_contradictions(files)
    changed = [row.subject.removeprefix(CHECKSUM).strip() for row in rows if row.subject.startswith(CHECKSUM)]
    doubts = dict.fromkeys(changed, _CHANGED)
    others = [row for row in rows if not row.subject.startswith(CHECKSUM)]
    if others:
        reason = f"the run contradicts itself: {make_printable(others[0].subject)}"
        doubts |= {name: reason for name in LIMITS if name not in doubts}
    return doubts


def _doubt_alone(path: Path) -> dict[str, str]:
    """Return the doubts of a directory of which a file cannot be read: every file is looked at by itself."""
    try:
        stated = parse_checksums(read_bytes(path / CHECKSUMS, limit=checksums.LIMIT), path / CHECKSUMS)
    except ApplianceError as error:
        return dict.fromkeys(LIMITS, f"{CHECKSUMS} cannot be read: {error.found or error.title}")
    doubts = {}
    for name, limit in LIMITS.items():
        try:
            found = digest_bytes(read_bytes(path / name, limit=limit))
        except UsageError as error:
            doubts[name] = f"it cannot be read: {error.found}"
            continue
        if stated.get(name) != found:
            doubts[name] = _CHANGED
    return doubts
