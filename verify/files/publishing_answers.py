"""What `export`, `checklist` and `report` print as JSON: whole forms, in which no other key is."""

from collections.abc import Mapping
from typing import Literal

import attrs

from verify.digests import JsonObject
from verify.files.difference_answers import Verdict
from verify.files.forms import KEY, OMIT, OPTIONAL
from verify.files.limits import ConfigName, Count, Digest
from verify.files.record import Profile

Answered = Literal["yes", "no", "not-applicable", "not-answerable-by-machine"]


@attrs.frozen(kw_only=True)
class ExportedRun:
    """A run that was exported."""

    config: ConfigName
    run: Digest


@attrs.frozen(kw_only=True)
class ExportedClaim:
    """What a bundle claims of a run."""

    id: str
    verdict: Verdict


@attrs.frozen(kw_only=True)
class ExportAnswer:
    """What `export --json` prints: the files with their digests, the runs, what the format adds.

    Args:
        format: onnx, ro-crate, in-toto or bundle.
        config: the configuration of the first run.
        run: the run digest of the first run.
        runs: every run.
        files: the digest of each file that was written.
        specification: of ro-crate, its address.
        profile: of ro-crate, the address of its profile.
        verdicts: of in-toto, the verdict on each run.
        claims: of a bundle.
        opset: of ONNX.
        ir_version: of ONNX.
        samples: of ONNX, the samples with which the model was tried.
        check: of ONNX, how far its results are from ours.
    """

    format: Literal["onnx", "ro-crate", "in-toto", "bundle"]
    config: ConfigName
    run: Digest
    runs: tuple[ExportedRun, ...]
    files: Mapping[str, Digest]
    specification: str | None = attrs.field(default=None, metadata=OPTIONAL)
    profile: str | None = attrs.field(default=None, metadata=OPTIONAL)
    verdicts: Mapping[str, Verdict] | None = attrs.field(default=None, metadata=OPTIONAL)
    claims: tuple[ExportedClaim, ...] | None = attrs.field(default=None, metadata=OPTIONAL)
    opset: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    ir_version: Count | None = attrs.field(default=None, metadata=OPTIONAL)
    samples: str | None = attrs.field(default=None, metadata=OPTIONAL)
    check: JsonObject | None = attrs.field(default=None, metadata=OPTIONAL)


@attrs.frozen(kw_only=True)
class ChecklistEvidence:
    """One fact behind an answer, with the file and the check that say it."""

    text: str
    file: str | None
    check: str | None


@attrs.frozen(kw_only=True)
class ChecklistItem:
    """One item of the checklist, answered; `commands` are the command lines of the remedy."""

    id: str
    title: str
    status: Answered
    evidence: tuple[ChecklistEvidence, ...]
    remedy: str | None
    commands: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ChecklistPart:
    """One of the five parts."""

    id: str
    title: str
    items: tuple[ChecklistItem, ...]


@attrs.frozen(kw_only=True)
class AnsweredDemand:
    """One demand of a conference's list, with the ids of the items that answer it."""

    number: str
    about: str
    status: Answered
    items: tuple[str, ...]


@attrs.frozen(kw_only=True)
class AnsweredList:
    """The list of a conference, answered."""

    name: str
    title: str
    version: str
    source: str
    demands: tuple[AnsweredDemand, ...]


@attrs.frozen(kw_only=True)
class ChecklistAnswer:
    """What `checklist --json` prints: the run, how many items have which status, every item; with --for a list."""

    run: str
    config: ConfigName
    seed: Count
    profile: Profile
    config_digest: Digest
    run_digest: Digest
    counts: Mapping[str, Count]
    parts: tuple[ChecklistPart, ...]
    wanted: AnsweredList | None = attrs.field(default=None, metadata={KEY: "for", OMIT: True})


@attrs.frozen(kw_only=True)
class ReportPart:
    """One part of a report: a run or an answer."""

    kind: str
    title: str
    verdict: str | None
    sentence: str


@attrs.frozen(kw_only=True)
class ReportAnswer:
    """What `report --json` prints: the file that was written, and what it is about."""

    verdict: str | None
    sentence: str
    file: str
    bytes: Count
    digest: Digest
    parts: tuple[ReportPart, ...]
