"""Reports as JSON objects for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.files.reports import ERROR, ErrorBody, ErrorFile
from verify.rendering.machines import describe_legs
from verify.results import REPORT_SCHEMA, conclude, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.errors import ApplianceError
    from verify.judging.legs import Leg
    from verify.results import Judgement, Result

AGREEMENT_SCHEMA = "repro-appliance/agreement/1"


def describe_verification(checks: Sequence[Result], judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Return what `verify --json` prints; `checks` lists general checks, then each configuration's."""
    rows: list[dict[str, Any]] = [{**result.to_json(), "config": None} for result in checks]
    for judgement in judgements:
        rows += [{**result.to_json(), "config": judgement.config} for result in judgement.results]
    goldens = [
        {
            "config": judgement.config,
            "verdict": judgement.verdict,
            "expected": judgement.expected,
            "found": judgement.found,
            "basis": judgement.basis,
            "here": judgement.here,
            "made_with": judgement.made_with,
        }
        for judgement in judgements
    ]
    return {"schema": REPORT_SCHEMA, "verdict": conclude(checks, judgements), "checks": rows, "goldens": goldens}


def describe_error(error: ApplianceError) -> dict[str, Any]:
    """Return what a command with --json prints for an error."""
    body = ErrorBody(
        title=error.title,
        expected=_write(error.expected),
        found=_write(error.found),
        where=_write(error.where),
        remedy=error.remedy,
        problems=tuple(map(str, error.found)) if isinstance(error.found, list) else None,
    )
    return ERROR.to_json(ErrorFile(error=body, exit_code=error.exit_code))


def _write(value: object) -> str | None:
    """Return a value as text; several are divided by semicolons."""
    if value is None:
        return None
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def describe_agreement(legs: Sequence[Leg], results: Sequence[Result]) -> dict[str, Any]:
    """Return what `agree --json` prints: rows, results and verdict, with full digests and each leg's checks."""
    rows = describe_legs(legs, results)
    return {
        "schema": AGREEMENT_SCHEMA,
        "verdict": judge(results),
        "legs": rows,
        "results": [result.to_json() for result in results],
    }
