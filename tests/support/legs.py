"""Verification reports of machines that were never asked."""

from __future__ import annotations

from typing import Any

from verify.conformance.certificate import PROBES
from verify.files.reports import VERIFICATION
from verify.judging.legs import Leg

DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32


def make_check(number: str, title: str = "fine", status: str = "pass", config: str | None = "smoke") -> dict[str, Any]:
    """Return one check of a report."""
    values = {"expected": None, "found": None, "where": None, "remedy": None}
    return {"id": number, "title": title, "status": status, "config": config, **values}


PASSED = [make_check(probe.id, probe.title, config=None) for probe in PROBES]


def make_report(digest: str | None = DIGEST, verdict: str = "identical", **changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what `verify --json` prints on a machine that has this digest for `smoke`."""
    report = {
        "schema": "repro-appliance/verify/1",
        "verdict": verdict,
        "checks": [*PASSED, make_check("V001")],
        "goldens": [{"config": "smoke", "verdict": verdict, "expected": DIGEST, "found": digest}],
        "environment": {
            "compared": {"machine": "s390x", "byte_order": "big", "blas.name": "openblas", "blas.kernel": "Z14"},
            "context": {"cpu.model": "a|b"},
        },
        "seconds": 3.2,
    }
    return report | changed


def make_leg(name: str, digest: str | None = DIGEST, verdict: str = "identical", **changed: Any) -> Leg:  # noqa: ANN401
    """Return a leg with such a report."""
    return Leg(name=name, report=VERIFICATION.parse(make_report(digest, verdict, **changed), name))
