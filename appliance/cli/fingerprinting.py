"""The command `fingerprint`: describe this environment, or compare two descriptions."""

# ruff: noqa: PLC0415 - what loads NumPy is imported after the environment has been set

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from verify.digests import JsonObject
    from verify.files.fingerprint import Fingerprint
    from verify.results import Result

DIFF_SCHEMA = "repro-appliance/fingerprint-diff/1"
_WIDTH = 26


def run_fingerprint(*, as_json: bool = False, diff: tuple[Path, Path] | None = None) -> int:
    """Print this machine's fingerprint, or what two fingerprints differ in; return the exit code.

    Args:
        as_json: one JSON object on standard output instead of text on standard error.
        diff: two fingerprint files or run directories.

    Returns:
        0; for two fingerprints that differ in a compared field or a probe, 1.

    Raises:
        UsageError: a file cannot be read.
        CouldNotJudgeError: a file is not a fingerprint.
    """
    from verify.files.fingerprint import FINGERPRINT
    from verify.host.fingerprint import capture

    if diff is not None:
        return _compare_files(*diff, as_json=as_json)
    fingerprint = capture()
    if as_json:
        print(json.dumps(FINGERPRINT.to_json(fingerprint), sort_keys=True, indent=2))
    else:
        print(format_fingerprint(fingerprint), file=sys.stderr)
    return 0


def _compare_files(a: Path, b: Path, *, as_json: bool) -> int:
    from verify.host.fingerprint import compare, read_fingerprint
    from verify.results import EXIT_CODES, judge

    rows = compare(read_fingerprint(a), read_fingerprint(b))
    verdict = judge(rows)
    if as_json:
        body = {"schema": DIFF_SCHEMA, "verdict": verdict, "checks": [row.to_json() for row in rows]}
        print(json.dumps(body, sort_keys=True, indent=2))
    else:
        print(format_comparison(rows), file=sys.stderr)
    return EXIT_CODES[verdict]


def _format_value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return "unknown" if value is None else str(value)


def format_fingerprint(fingerprint: Fingerprint) -> str:
    """Return a fingerprint as text, one section after the other, its class last."""
    sections: tuple[tuple[str, JsonObject], ...] = (
        ("compared", fingerprint.compared),
        ("context (never compared)", fingerprint.context),
        ("probes", fingerprint.probes),
    )
    lines = []
    for title, section in sections:
        lines += [title, *(f"  {key:<{_WIDTH}} {_format_value(v)}" for key, v in section.items()), ""]
    return "\n".join([*lines, f"class {fingerprint.class_digest}"])


def format_comparison(rows: list[Result]) -> str:
    """Return what differs between two fingerprints as text, the probes apart from the fields."""
    from verify.rendering.text import render_result, wants_color
    from verify.results import judge

    color = wants_color(sys.stderr, os.environ)
    shown = [render_result(row, color=color) for row in rows if row.status != "pass"]
    same = len([row for row in rows if row.status == "pass"])
    return "\n".join([*shown, f"{judge(rows)}: {same} of {len(rows) - 1} fields and probes agree"])
