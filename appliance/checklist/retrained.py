"""Files of evidence in which the run was trained again: what `verify --json` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.proofs import Proof
from verify.files.reports import Verification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.checklist.subject import Subject

_DIRECTORY, _AGAIN, _GOLDEN = "J001", "R009", "V009"


def list_retrained(subject: Subject) -> Iterator[Proof]:
    """Yield what every verification says: whether training again gave the run digest of this run."""
    record = subject.record
    for name, value in subject.select(Verification):
        row = next((row for row in value.goldens if row.config == record.config), None)
        checks = {check.id: check.status for check in value.checks if check.config == record.config}
        trained = _AGAIN if _DIRECTORY in checks else _GOLDEN
        if row is None or trained not in checks:
            yield Proof(holds=None, text="it did not train this configuration", file=name)
        elif row.found == record.digests.run:
            where = f" on {row.here}" if row.here else ""
            yield Proof(holds=True, text=f"training again{where} gave the same run digest: {row.found}", file=name)
        elif row.expected == record.digests.run:
            text = f"training again gave another run digest: {row.found or 'none'}, verdict {row.verdict}"
            yield Proof(holds=False, text=text, file=name)
        else:
            yield Proof(holds=None, text="it speaks of another run of this configuration", file=name)
