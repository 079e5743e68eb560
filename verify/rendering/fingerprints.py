"""Fingerprints as text, alone or compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.escaping import clean_line
from verify.rendering.text import render_result
from verify.results import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.digests import JsonObject
    from verify.files.fingerprint import Fingerprint
    from verify.results import Result

DIFF_SCHEMA = "repro-appliance/fingerprint-diff/1"
_WIDTH = 26


def render_fingerprint(fingerprint: Fingerprint) -> str:
    """Return a fingerprint as text, one section after the other, its class last."""
    sections: tuple[tuple[str, JsonObject], ...] = (
        ("compared: a difference can change native results, never portable ones", fingerprint.compared),
        ("context: shown by --diff, and never counted; it can change what other programs do", fingerprint.context),
        ("probes: what native operations gave", fingerprint.probes),
    )
    lines = []
    for title, section in sections:
        lines += [
            title,
            *(f"  {clean_line(key):<{_WIDTH}} {clean_line(_format_value(v))}" for key, v in section.items()),
            "",
        ]
    return "\n".join([*lines, f"class {clean_line(fingerprint.class_digest)}"])


def _format_value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return "unknown" if value is None else str(value) or "none"


def render_comparison(rows: Sequence[Result], *, color: bool = False) -> str:
    """Return what differs between two fingerprints as text, the verdict last."""
    shown = [_render_row(row, color=color) for row in rows if row.status != "pass"]
    counted = [row for row in rows if row.status != "info"]
    same = len([row for row in counted if row.status == "pass"])
    other = len([row for row in rows if row.id == "F004"])
    context = f"; {other} fields of the context differ, which are not counted" if other else ""
    return "\n".join([*shown, f"{judge(rows)}: {same} of {len(counted)} compared fields and probes agree{context}"])


def _render_row(row: Result, *, color: bool) -> str:
    """Return a difference with both values; what is equal and only explains is one line."""
    same = row.status == "info" and row.expected == row.found
    return f"{row.id} {clean_line(row.title)}" if same else render_result(row, color=color)


def describe_comparison(rows: Sequence[Result]) -> dict[str, Any]:
    """Return what `fingerprint --diff --json` prints."""
    return {"schema": DIFF_SCHEMA, "verdict": judge(rows), "checks": [row.to_json() for row in rows]}
