"""Reports as JUnit XML for test reporters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from verify.escaping import clean
from verify.rendering.text import render_result

if TYPE_CHECKING:
    from verify.rendering.report import Report, Suite
    from verify.results import Result


def render_junit(report: Report) -> str:
    """Return a report as JUnit XML; the last case holds the verdict, so that a report without results is not green."""
    root = ET.Element("testsuites", name=clean(report.name))
    for suite in report.suites:
        _add_suite(root, suite)
    add_verdict(root, report.verdict, report.summary, passed=not report.exit_code)
    return format_tree(root)


def add_verdict(root: ET.Element, verdict: str, sentence: str, *, passed: bool) -> None:
    """Add the last suite, whose one case holds the verdict: unless it passed, a failure if different, else an error."""
    last = ET.SubElement(root, "testsuite", name="verdict")
    case = ET.SubElement(last, "testcase", classname="verdict", name=verdict)
    if not passed:
        kind = "failure" if verdict == "different" else "error"
        ET.SubElement(case, kind, message=clean(sentence))
    count_cases(last)


def format_tree(root: ET.Element) -> str:
    """Return the text of an XML file."""
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode("utf-8") + "\n"


def _add_suite(root: ET.Element, suite: Suite) -> None:
    """Add one suite: a fail is a failure, could-not-judge an error, info a property that decides nothing.

    A case is named after its check; where a suite has several results of one check, their titles tell them apart.
    """
    element = ET.SubElement(root, "testsuite", name=clean(suite.name))
    properties = ET.SubElement(element, "properties")
    ids = Counter(result.id for result in suite.results)
    for result in suite.results:
        if result.status == "info":
            value = clean(f"{result.title}: expected {result.expected}, found {result.found}")
            ET.SubElement(properties, "property", name=result.id, value=value)
        else:
            name = result.id if ids[result.id] == 1 else f"{result.id} {result.title}"
            _add_case(element, suite.name, name, result)
    count_cases(element)


def _add_case(element: ET.Element, suite: str, name: str, result: Result) -> None:
    case = ET.SubElement(element, "testcase", classname=clean(suite), name=clean(name))
    if result.status != "pass":
        kind = "failure" if result.status == "fail" else "error"
        ET.SubElement(case, kind, message=clean(result.title)).text = clean(render_result(result))
    ET.SubElement(case, "system-out").text = clean(result.title)


def count_cases(element: ET.Element) -> None:
    """Note in a suite how many cases it has, and how they ended."""
    names = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    element.attrib.update({name: str(len(list(element.iter(tag)))) for name, tag in names.items()})
