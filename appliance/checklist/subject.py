"""What a run directory holds, read once for all questions; a file that is no evidence is named with the reason."""

from __future__ import annotations

import hashlib
import shlex
from typing import TYPE_CHECKING, Any

import attrs

from verify.errors import ApplianceError, CouldNotJudgeError, UsageError
from verify.files import checksums
from verify.files.checksums import CHECKSUMS, parse_checksums
from verify.files.fingerprint import FINGERPRINT
from verify.files.machine import MACHINE, MACHINE_NAME
from verify.files.reading import read_bytes
from verify.files.record import RECORD
from verify.files.run import FINGERPRINT_NAME, LIMITS, RECORD_NAME, load_run
from verify.files.settings import CONFIG_NAME
from verify.files.writing import make_printable
from verify.judging.contradictions import CHECKSUM, list_contradictions
from verify.judging.runs import judge_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from verify.files.fingerprint import Fingerprint
    from verify.files.kinds import FileKind
    from verify.files.machine import Circumstances
    from verify.files.record import RunRecord
    from verify.files.run import RunFiles
    from verify.results import Judgement, Result


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
        data_dir: where data sets are; None for the usual place.
    """

    path: Path
    record: RunRecord
    files: RunFiles | None
    fingerprint: Fingerprint | None
    machine: Circumstances | None
    doubts: Mapping[str, str]
    judgement: Judgement
    data_dir: Path | None

    def require_fingerprint(self) -> Fingerprint:
        """Return the machine of the run; for questions that name its file.

        Raises:
            LookupError: it could not be read.
        """
        if self.fingerprint is None:
            raise LookupError(FINGERPRINT_NAME)
        return self.fingerprint

    def find_result(self, number: str) -> Result | None:
        """Return the result of a check of the directory or of its golden; None where it was not made."""
        return next((result for result in self.judgement.results if result.id == number), None)

    def name_command(self, *words: str) -> str:
        """Return a command line of this program, which can be copied."""
        return shlex.join(["repro-appliance", *words])

    def train_again(self, *words: str) -> str:
        """Return the command that makes a new run of the same settings."""
        return self.name_command("train", "--config", str(self.path / CONFIG_NAME), *words)


def read_subject(path: Path, *, data_dir: Path | None = None, golden_dir: Path | None = None) -> Subject:
    """Read a run directory as far as it can be read.

    Raises:
        UsageError: there is no such directory.
        CouldNotJudgeError: there is no record in it that can be read.
    """
    files = _load(path)
    record = files.record if files else _read_record(path)
    return Subject(
        path=path,
        record=record,
        files=files,
        fingerprint=files.fingerprint if files else _try(FINGERPRINT, path / FINGERPRINT_NAME),
        machine=files.machine if files else _try(MACHINE, path / MACHINE_NAME),
        doubts=_doubt_together(files) if files else _doubt_alone(path),
        judgement=judge_run(path, golden_dir),
        data_dir=data_dir,
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


def _try(kind: FileKind[Any], path: Path) -> Any:  # noqa: ANN401 - what the kind holds
    try:
        return kind.read(path)
    except ApplianceError:
        return None


def _doubt_together(files: RunFiles) -> dict[str, str]:
    """Return the doubts of a directory that can be read: checksums, then what contradicts itself."""
    rows = list_contradictions(files)
    changed = {row.subject.removeprefix(CHECKSUM).strip(): row for row in rows if row.subject.startswith(CHECKSUM)}
    doubts = dict.fromkeys(changed, "another checksum than checksums.sha256 states")
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
        stated, reason = {}, f"{CHECKSUMS} cannot be read: {error.found or error.title}"
        return dict.fromkeys(LIMITS, reason)
    doubts = {}
    for name, limit in LIMITS.items():
        try:
            found = hashlib.sha256(read_bytes(path / name, limit=limit)).hexdigest()
        except UsageError as error:
            doubts[name] = f"it cannot be read: {error.found}"
            continue
        if stated.get(name, "").removeprefix("sha256:") != found:
            doubts[name] = "another checksum than checksums.sha256 states"
    return doubts
