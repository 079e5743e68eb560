"""Certificates of a host, with the self-tests of what certifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.rendering.text import list_results
from verify.results import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.conformance.certificate import Certificate
    from verify.digests import JsonObject
    from verify.results import Result

SELF_TEST_SCHEMA = "repro-appliance/self-test/1"
_MEANINGS = {
    "portable": "results have the same bits as on every other conforming machine",
    "same instruction set": "only the profile pinned can be relied on, among machines of this kind",
    "same machine": "results repeat on this machine with this software; elsewhere they may differ",
    "none": "results do not even repeat here",
}


def render_certificate(certificate: Certificate, *, color: bool = False) -> str:
    """Return every probe as text, the guarantee that holds last."""
    lines = [list_results(certificate.results, color=color), f"{certificate.tier}: {_MEANINGS[certificate.tier]}"]
    return "\n".join(lines)


def describe_certificate(certificate: Certificate, environment: JsonObject) -> dict[str, Any]:
    """Return what `certify --json` prints."""
    return {**certificate.to_json(), "environment": environment}


def render_self_test(results: Sequence[Result], *, color: bool = False) -> str:
    """Return every defect that was made, and whether it was noticed, as text, the conclusion last."""
    passed = judge(results) == "identical"
    last = "every defect was noticed" if passed else "a defect was not noticed"
    return "\n".join([list_results(results, color=color), last])


def describe_self_test(results: Sequence[Result]) -> dict[str, Any]:
    """Return what `--self-test --json` prints."""
    controls = [result.to_json() for result in results]
    return {"schema": SELF_TEST_SCHEMA, "controls": controls, "passed": judge(results) == "identical"}
