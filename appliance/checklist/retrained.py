"""Files of evidence in which the run was trained again: what `verify --json` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.proofs import Proof
from verify.files.reports import Verification

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from appliance.checklist.subject import Subject
    from verify.files.reports import CheckRow

_DIRECTORY, _AGAIN, _GOLDEN = "J001", "R009", "V009"


def was_trained(checks: Collection[str]) -> bool:
    """Tell whether a report with these checks of a configuration comes from a training, not only from reading a run."""
    return _AGAIN in checks or (_GOLDEN in checks and _DIRECTORY not in checks)


def list_retrained(subject: Subject) -> Iterator[Proof]:
    """Yield what every verification says: whether training again gave the run digest of this run."""
    for name, value in subject.select(Verification):
        yield _weigh(subject, name, value)


def _weigh(subject: Subject, name: str, value: Verification) -> Proof:
    """Return what one verification says; of several runs of one configuration each has a row of its own."""
    record, digest = subject.record, subject.record.digests.run
    rows = [row for row in value.goldens if row.config == record.config]
    checks = [check for check in value.checks if check.config == record.config]
    if not rows or not was_trained({check.id for check in checks}):
        return Proof(holds=None, text="it did not train this configuration", file=name)
    against = next((row for row in rows if row.expected == digest and row.found != digest), None)
    if against is not None:
        text = f"training again gave another run digest: {against.found or 'none'}, verdict {against.verdict}"
        return Proof(holds=False, text=text, file=name)
    if _gave(checks, digest):
        here = next((row.here for row in rows if row.found == digest and row.here), None)
        text = f"training again{f' on {here}' if here else ''} gave the same run digest: {digest}"
        return Proof(holds=True, text=text, file=name)
    return Proof(holds=None, text="it speaks of another run of this configuration", file=name)


def _gave(checks: Collection[CheckRow], digest: str) -> bool:
    """Tell whether the digest is that of a training: its own check says so, not the one that read a directory."""
    decisive = _AGAIN if _AGAIN in {check.id for check in checks} else _GOLDEN
    return any(check.id == decisive and check.found == digest for check in checks)
