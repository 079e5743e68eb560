"""The golden: what a configuration must give, how it follows from a record, what makes it sound."""

from typing import Annotated

import attrs

from verify.bits import BITS_VERSION
from verify.digests import JsonValue, digest_json
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.fingerprint import MachineSummary
from verify.files.forms import OMIT
from verify.files.kinds import FileKind
from verify.files.limits import Count, Digest, NotEmpty
from verify.files.reading import MEBIBYTE
from verify.files.record import Outcome, RunOutcome, RunRecord
from verify.files.trace import Head

_REMEDY = "restore the file from version control, or get it again from where it came"
RECORD = "repro-appliance golden record NAME"
_UNSEALED = "sha256:" + "0" * 64


@attrs.frozen(kw_only=True)
class NativeOutcome(Outcome):
    """What native arithmetic gave, for machines of one class only."""

    fingerprint_class: Digest


@attrs.frozen(kw_only=True)
class TraceOutcome:
    """What the trace of every step gave in portable arithmetic.

    Args:
        function: the name of the function that makes the fingerprints.
        layout: which events a step has; traces of two layouts are not compared.
        heads: the running digest of all events at the end of each epoch.
    """

    function: str
    layout: Count
    heads: Annotated[tuple[Head, ...], NotEmpty()]


@attrs.frozen(kw_only=True)
class Golden(RunOutcome):
    """The contents of a golden.

    Args:
        made_with: the machine that made it, to explain a difference.
        digest: the seal: the digest of everything else in the file.
        native: what native arithmetic gave, if that was recorded.
        trace: what the trace of every step gave, if that was recorded.
    """

    made_with: MachineSummary
    digest: Digest
    native: NativeOutcome | None = attrs.field(default=None, metadata={OMIT: True})
    trace: TraceOutcome | None = attrs.field(default=None, metadata={OMIT: True})


GOLDEN = FileKind(name="a golden", schema="repro-appliance/golden/1", form=Golden, limit=16 * MEBIBYTE, remedy=_REMEDY)


def digest_seal(golden: Golden) -> str:
    """Return the digest that a golden must carry: over everything in it but that digest."""
    return digest_json({key: value for key, value in GOLDEN.to_json(golden).items() if key != "digest"})


def seal(golden: Golden) -> Golden:
    """Return the golden with the digest that belongs to its contents."""
    return attrs.evolve(golden, digest=digest_seal(golden))


def _refuse(title: str, where: object, expected: object, found: object) -> CouldNotJudgeError:
    return CouldNotJudgeError(title, expected=expected, found=found, where=where, remedy=_REMEDY)


def _check_bits(bits: object, where: object, command: str) -> None:
    if bits != BITS_VERSION:
        raise CouldNotJudgeError(
            "a golden has another bits version",
            expected=BITS_VERSION,
            found=bits,
            where=where,
            remedy=f"use the version of the program that made it, or review what changed and: {command} --replace",
        )


def parse_golden(value: JsonValue, where: object, command: str = RECORD) -> Golden:
    """Return the sound golden in a JSON value.

    Args:
        value: the JSON value.
        where: its source, for errors.
        command: the command line that records this golden, for errors.

    Raises:
        CouldNotJudgeError: it is of another schema or bits version, not valid, or not sound.
    """
    if isinstance(value, dict) and value.get("schema") == GOLDEN.schema and "bits" in value:
        _check_bits(value["bits"], where, command)  # first, because another version may have another form
    golden = GOLDEN.parse(value, where)
    check_golden(golden, where, command)
    return golden


def check_golden(golden: Golden, where: object, command: str = RECORD) -> None:
    """Make sure that a golden is of this bits version, untampered, and agrees with its own settings.

    Raises:
        CouldNotJudgeError: it is not; the error says in what. `where` names the golden in it.
    """
    _check_bits(golden.bits, where, command)
    if golden.digest != digest_seal(golden):
        raise _refuse("a golden was changed after it was recorded", where, golden.digest, digest_seal(golden))
    digest = digest_json(golden.settings)
    if golden.config_digest != digest:
        title = "the settings of a golden do not give its configuration digest"
        raise _refuse(title, where, golden.config_digest, digest)
    for key, name in (("config", "name"), ("seed", "seed"), ("precision", "precision")):
        expected, found = golden.settings.get(name), getattr(golden, key)
        if found != expected:
            raise _refuse(f"the {key} of a golden is not that of its settings", where, expected, found)


def build_native(record: RunRecord, fingerprint_class: str) -> NativeOutcome:
    """Return the optional section `native` of a golden, from a record of plain NumPy arithmetic."""
    return NativeOutcome(
        fingerprint_class=fingerprint_class, digests=record.digests, epochs=record.epochs, metrics=record.metrics
    )


def build_golden(
    record: RunRecord,
    made_with: MachineSummary,
    *,
    native: NativeOutcome | None = None,
    trace: TraceOutcome | None = None,
) -> Golden:
    """Return the golden that expects what a portable record holds; timing and paths stay out of it.

    Args:
        record: a run's record.
        made_with: the machine that made the record.
        native: what `build_native` returned for the same configuration, if wanted.
        trace: what the trace of the same run gave, if wanted.

    Raises:
        UsageError: the record is not portable.
        CouldNotJudgeError: the record is of another bits version, or does not agree with its settings.
    """
    if record.profile != "portable":
        raise UsageError(
            "a golden can only be made from a portable run",
            expected="portable",
            found=record.profile,
            remedy="train with --profile portable",
        )
    shared = {field.name: getattr(record, field.name) for field in attrs.fields(RunOutcome)}
    golden = seal(Golden(**shared, made_with=made_with, native=native, trace=trace, digest=_UNSEALED))
    check_golden(golden, golden.config)
    return golden
