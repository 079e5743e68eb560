"""The command `certify`: what this host can promise, probe by probe."""

# ruff: noqa: PLC0415 - what loads NumPy is imported after the environment has been set

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.results import Result

_MEANINGS = {
    "portable": "results have the same bits as on every other conforming machine",
    "same instruction set": "only the profile pinned can be relied on, among machines of this kind",
    "same machine": "results repeat on this machine and software, and nowhere else for sure",
    "none": "results do not even repeat here",
}


def run_certify(*, as_json: bool = False) -> int:
    """Make all probes and print the certificate; return 0 if portable results can be made here, else 3."""
    from verify.conformance.certificate import certify
    from verify.files.fingerprint import FINGERPRINT
    from verify.host.fingerprint import capture

    certificate = certify()
    if as_json:
        print(
            json.dumps(
                {**certificate.to_json(), "environment": FINGERPRINT.to_json(capture())}, sort_keys=True, indent=2
            )
        )
    else:
        _print_results(certificate.results)
        print(f"{certificate.tier}: {_MEANINGS[certificate.tier]}", file=sys.stderr)
    return 0 if certificate.tier == "portable" else 3


def run_self_test(*, as_json: bool = False, goldens: bool = False) -> int:
    """Break this host in every known way and look whether each is noticed; return 0 if so, 1 if one was not.

    Args:
        as_json: one JSON object on standard output.
        goldens: break trainings and goldens, which `verify` must notice, instead of the host alone.
    """
    from appliance.cli.negative_controls import try_trainings
    from verify.conformance.negative_controls import CONTROLS, try_control
    from verify.results import EXIT_CODES, judge

    results = try_trainings() if goldens else [try_control(control) for control in CONTROLS]
    verdict = judge(results)
    if as_json:
        body = {"schema": "repro-appliance/self-test/1", "controls": [result.to_json() for result in results]}
        print(json.dumps({**body, "passed": verdict == "identical"}, sort_keys=True, indent=2))
    else:
        _print_results(results)
        print("every control was noticed" if verdict == "identical" else "a control went unnoticed", file=sys.stderr)
    return EXIT_CODES[verdict]


def _print_results(results: Sequence[Result]) -> None:
    from verify.rendering.text import list_results, wants_color

    print(list_results(results, color=wants_color(sys.stderr, os.environ)), file=sys.stderr)
