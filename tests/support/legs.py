"""Verification reports of machines that were never asked."""

from __future__ import annotations

from typing import Any

from verify.conformance.certificate import PROBES
from verify.judging.agreement import Leg

DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32
PASSED = [{"id": probe.id, "title": probe.title, "status": "pass", "config": None} for probe in PROBES]


def make_report(digest: str | None = DIGEST, verdict: str = "identical", **changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what `verify --json` prints on a machine that has this digest for `smoke`."""
    report = {
        "schema": "repro-appliance/verify/1",
        "verdict": verdict,
        "checks": [*PASSED, {"id": "V001", "title": "fine", "status": "pass", "config": "smoke"}],
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
    return Leg(name=name, report=make_report(digest, verdict, **changed))
