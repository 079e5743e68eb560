"""How the claims of an evidence bundle ended, as a report and as JSON."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import attrs

from verify.rendering.tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.digests import JsonValue
    from verify.files.bundle import Evidence, Manifest
    from verify.judging.claims import ClaimOutcome
    from verify.rendering.report import Report
    from verify.results import Verdict

_SUMMARIES: Mapping[Verdict, str] = {
    "identical": "every claim was reproduced",
    "close": "losses agree within a tolerance, bits were not compared",
    "different": "a claim has changed",
    "could-not-judge": "not every claim could be judged; this is not a success",
}
_KEPT = "kept"


def report_claims(report: Report, claims: Sequence[ClaimOutcome], manifest: Manifest) -> Report:
    """Return a report with a table of claims, and of the answers that a bundle keeps beside them."""
    rows = [(claim.claim.id, _write(claim.claim.verdict), _write(claim.status), claim.sentence) for claim in claims]
    rows += [(PurePosixPath(row.file).name, _write(row.verdict), _KEPT, _tell_answer(row)) for row in manifest.evidence]
    table = Table(columns=("claim", "claimed", "outcome", "why"), rows=rows)
    return attrs.evolve(report, table=table, summary=_SUMMARIES[report.verdict])


def describe_claims(claims: Sequence[ClaimOutcome], manifest: Manifest) -> dict[str, JsonValue]:
    """Return what the JSON of a verification says of a bundle."""
    return {
        "claims": [claim.to_json() for claim in claims],
        "evidence": [{**attrs.asdict(row), "status": _KEPT} for row in manifest.evidence],
    }


def _tell_answer(row: Evidence) -> str:
    """Return that an answer is not made again, and its own sentence."""
    return "; ".join(text for text in ("not run again", row.sentence) if text)


def _write(word: str | None) -> str:
    return (word or "-").replace("could-not-judge", "could not judge")
