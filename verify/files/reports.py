"""What the judge prints as JSON: a certificate, a verification, the agreement of many machines.

These files are read from machines with other versions of this program, so unknown keys are kept.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import attrs

from verify.digests import JsonObject, JsonValue
from verify.files.forms import KEY, OMIT
from verify.files.kinds import FileKind
from verify.files.limits import AtLeast, ConfigName, Pattern
from verify.files.reading import MEBIBYTE

Extra = Mapping[str, JsonValue]
CheckId = Annotated[str, Pattern("[A-Z][0-9]{3}")]
Seconds = Annotated[float, AtLeast(0)]


@attrs.frozen(kw_only=True)
class ResultRow:
    """The outcome of one check; see `verify.results.Result`."""

    id: CheckId
    title: str
    status: str
    expected: JsonValue
    found: JsonValue
    remedy: str | None
    where: str | None = None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class CheckRow(ResultRow):
    """The outcome of one check of a verification; `config` is None for checks of the machine."""

    config: ConfigName | None = None


@attrs.frozen(kw_only=True)
class GoldenRow:
    """What was found for one configuration: the run digest of its golden, and the one that was computed."""

    config: ConfigName
    verdict: str
    expected: str | None
    found: str | None
    basis: str = "bits"
    here: str | None = None
    made_with: str | None = None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Environment:
    """The part of a fingerprint that explains a report; the fingerprint may be one of another version."""

    compared: JsonObject = attrs.field(factory=dict)
    context: JsonObject = attrs.field(factory=dict)
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class ClaimedOutcome:
    """What a bundle claims of a run: the verdict on it, and its run digest."""

    verdict: str
    sentence: str
    run: str
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class ClaimRow:
    """How one claim of an evidence bundle ended; `found` is the run digest of the new training."""

    id: str
    config: ConfigName
    status: Literal["reproduced", "changed", "could-not-judge"]
    sentence: str
    claimed: ClaimedOutcome
    found: str | None = None
    remedy: str | None = None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class EvidenceRow:
    """An answer that an evidence bundle keeps, and that is not made again."""

    file: str
    schema: str
    status: str
    verdict: str | None = None
    sentence: str | None = None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Verification:
    """What `verify --json` prints.

    Args:
        verdict: over everything.
        checks: general checks, then those of each configuration.
        goldens: one row a configuration.
        sentence: the verdict in words.
        environment: the machine.
        program: the version of the program.
        seconds: how long it took.
        claims: of an evidence bundle.
        evidence: what an evidence bundle keeps beside them.
    """

    verdict: str
    checks: tuple[CheckRow, ...]
    goldens: tuple[GoldenRow, ...]
    sentence: str | None = attrs.field(default=None, metadata={OMIT: True})
    environment: Environment | None = attrs.field(default=None, metadata={OMIT: True})
    program: str | None = attrs.field(default=None, metadata={OMIT: True})
    seconds: Seconds | None = attrs.field(default=None, metadata={OMIT: True})
    claims: tuple[ClaimRow, ...] | None = attrs.field(default=None, metadata={OMIT: True})
    evidence: tuple[EvidenceRow, ...] | None = attrs.field(default=None, metadata={OMIT: True})
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class CertificateFile:
    """What `certify --json` prints: the strongest guarantee that holds, every probe, the machine."""

    tier: Literal["portable", "same instruction set", "same machine", "none"]
    probes: tuple[ResultRow, ...]
    environment: Environment | None = attrs.field(default=None, metadata={OMIT: True})
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class LegRow:
    """One machine in an agreement: the cells of its row in the table, full digests, its checks.

    `checks` is a list of the checks that were made, or their number in a shortened file.
    """

    member: str
    processor: str
    isa: str = attrs.field(metadata={KEY: "ISA"})
    byte_order: str = attrs.field(metadata={KEY: "bytes"})
    blas: str = attrs.field(metadata={KEY: "BLAS"})
    numpy: str = attrs.field(metadata={KEY: "NumPy"})
    python: str = attrs.field(metadata={KEY: "Python"})
    digests: Mapping[str, str | None]
    verdict: str
    seconds: str
    error: str | None
    checks: JsonValue
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Agreement:
    """What `agree --json` and `fleet --json` print: one row a machine, what keeps them apart, the verdict."""

    verdict: str
    legs: tuple[LegRow, ...]
    results: tuple[ResultRow, ...]
    seconds: Seconds | None = None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class ErrorBody:
    """What went wrong; every value is text, and several mistakes are also a list."""

    title: str
    expected: str | None = attrs.field(default=None, metadata={OMIT: True})
    found: str | None = attrs.field(default=None, metadata={OMIT: True})
    where: str | None = attrs.field(default=None, metadata={OMIT: True})
    remedy: str | None = attrs.field(default=None, metadata={OMIT: True})
    problems: tuple[str, ...] | None = attrs.field(default=None, metadata={OMIT: True})


@attrs.frozen(kw_only=True)
class ErrorFile:
    """What every command prints with --json in place of a result, when it ends with an error."""

    error: ErrorBody
    exit_code: Annotated[int, AtLeast(1)]


ERROR = FileKind(name="an error", schema="repro-appliance/error/1", form=ErrorFile, limit=MEBIBYTE)
VERIFICATION = FileKind(
    name="a report",
    schema="repro-appliance/verify/1",
    form=Verification,
    limit=64 * MEBIBYTE,
    remedy="write it again: repro-appliance verify --json > FILE",
)
CERTIFICATE = FileKind(
    name="a certificate",
    schema="repro-appliance/certificate/1",
    form=CertificateFile,
    limit=4 * MEBIBYTE,
    remedy="write it again: repro-appliance certify --json > FILE",
)
AGREEMENT = FileKind(
    name="an agreement",
    schema="repro-appliance/agreement/1",
    form=Agreement,
    limit=256 * MEBIBYTE,
    remedy="write it again: repro-appliance agree REPORT... --json > FILE",
)
