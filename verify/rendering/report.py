"""Results as text for people, as JSON for programs, as JUnit for test reporters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO
from xml.etree import ElementTree as ET

from verify.results import conclude

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from verify.results import Judgement, Result, Verdict

SCHEMA = "repro-appliance/verify/1"
_COLORS = {"pass": "32", "identical": "32", "fail": "31", "different": "31", "could-not-judge": "33", "info": "36"}
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SUMMARIES: Mapping[Verdict, str] = {
    "identical": "every golden was reproduced",
    "different": "a result differs from what it must be",
    "could-not-judge": "there was not enough to judge by, which is not a success",
}
_LOSSES_ONLY = "losses agree within the tolerance; bits were not comparable on this class of machine"


def wants_color(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether to colour text: only on a terminal, never with NO_COLOR set (no-color.org) or TERM=dumb."""
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb" and stream.isatty()


def _paint(text: str, kind: str, *, color: bool) -> str:
    return f"\x1b[{_COLORS[kind]}m{text}\x1b[0m" if color else text


def _write_row(name: str, value: object) -> str:
    return f"  {name:<10} {value}"


def render_result(result: Result, *, color: bool = False, judgement: Judgement | None = None) -> str:
    """Return one result as a headline and indented rows, with its configuration and machines where known."""
    rows: list[tuple[str, object]] = [
        ("config", judgement and judgement.config),
        ("expected", result.expected),
        ("found", result.found),
        ("first at", result.where),
        ("here", judgement and judgement.here),
        ("golden of", judgement and judgement.made_with),
        ("try", result.remedy),
    ]
    lines = [_write_row(name, value) for name, value in rows if value is not None]
    return "\n".join([f"{_paint(result.id, result.status, color=color)} {result.title}", *lines])


def render_judgement(judgement: Judgement, *, color: bool = False) -> str:
    """Return one configuration's verdict in a line, followed by every result that is not a pass."""
    basis = " (within a tolerance, not bit for bit)" if judgement.basis == "tolerance" else ""
    head = f"{_paint(f'{judgement.verdict:<15}', judgement.verdict, color=color)} {judgement.config:<14}"
    passed = len([result for result in judgement.results if result.status == "pass"])
    head += f" {passed} of {len(judgement.results)} passed, {judgement.found or 'no result'}{basis}"
    troubles = [result for result in judgement.results if result.status in ("fail", "could-not-judge")]
    return "\n".join([head, *(render_result(result, color=color, judgement=judgement) for result in troubles)])


def _render_check(result: Result, *, color: bool) -> str:
    if result.status != "info":
        return render_result(result, color=color)
    values = f"expected {result.expected}, found {result.found}"
    return f"{_paint('note', 'info', color=color)} {result.id} {result.title}: {values}"


def render_text(checks: Sequence[Result], judgements: Sequence[Judgement], *, color: bool = False) -> str:
    """Return everything as text: what differs about the environment, every configuration, the verdict last."""
    verdict = conclude(checks, judgements)
    shown = [result for result in checks if result.status != "pass" and result.remedy]
    lines = [_render_check(result, color=color) for result in shown]
    lines += [render_judgement(judgement, color=color) for judgement in judgements]
    summary = _SUMMARIES[verdict]
    if verdict == "identical" and any(judgement.basis == "tolerance" for judgement in judgements):
        summary = _LOSSES_ONLY
    return "\n".join([*lines, f"{_paint(verdict, verdict, color=color)}: {summary}"])


def render_json(checks: Sequence[Result], judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Return everything as one JSON object; `checks` lists general checks, then each configuration's."""
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
    return {"schema": SCHEMA, "verdict": conclude(checks, judgements), "checks": rows, "goldens": goldens}


def clean(text: object) -> str:
    """Return text without the characters that XML cannot hold."""
    return _CONTROL.sub("?", str(text))


def _add_suite(root: ET.Element, name: str, results: Iterable[Result]) -> ET.Element:
    """Add one suite: a fail is a failure, could-not-judge an error, info a property that decides nothing."""
    suite = ET.SubElement(root, "testsuite", name=clean(name))
    properties = ET.SubElement(suite, "properties")
    for result in results:
        if result.status == "info":
            value = clean(f"{result.title}: expected {result.expected}, found {result.found}")
            ET.SubElement(properties, "property", name=result.id, value=value)
            continue
        case = ET.SubElement(suite, "testcase", classname=clean(name), name=result.id)
        if result.status != "pass":
            kind = "failure" if result.status == "fail" else "error"
            ET.SubElement(case, kind, message=clean(result.title)).text = clean(render_result(result))
        ET.SubElement(case, "system-out").text = clean(result.title)
    cases, failures, errors = (len(list(suite.iter(tag))) for tag in ("testcase", "failure", "error"))
    suite.attrib.update(tests=str(cases), failures=str(failures), errors=str(errors), skipped="0")
    return suite


def render_junit(checks: Sequence[Result], judgements: Sequence[Judgement]) -> str:
    """Return everything as JUnit XML; a last case holds the verdict, so that no report is green for want of cases."""
    root = ET.Element("testsuites", name="repro-appliance verify")
    _add_suite(root, "environment", checks)
    for judgement in judgements:
        _add_suite(root, judgement.config, judgement.results)
    verdict = conclude(checks, judgements)
    suite = ET.SubElement(root, "testsuite", name="verdict", tests="1", skipped="0")
    suite.set("failures", str(int(verdict == "different")))
    suite.set("errors", str(int(verdict == "could-not-judge")))
    case = ET.SubElement(suite, "testcase", classname="verdict", name=verdict)
    if verdict != "identical":
        kind = "failure" if verdict == "different" else "error"
        ET.SubElement(case, kind, message=_SUMMARIES[verdict])
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode("utf-8") + "\n"
