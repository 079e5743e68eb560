"""The answer as JUnit XML: a case for each axis, the verdict last."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from verify.escaping import clean
from verify.rendering.junit import add_verdict, count_cases, format_tree

if TYPE_CHECKING:
    from appliance.vary.answer import Answer
    from appliance.vary.rows import AxisRow


def format_junit(answer: Answer) -> str:
    """Return the answer as JUnit XML; an axis that changes the results is a failure, one not tested is skipped."""
    root = ET.Element("testsuites", name="repro-appliance vary")
    suite = ET.SubElement(root, "testsuite", name="axes")
    for row in answer.axes:
        _add_axis(suite, row, answer)
    count_cases(suite)
    add_verdict(root, answer.verdict, answer.sentence, passed=not answer.exit_code)
    return format_tree(root)


def _add_axis(suite: ET.Element, row: AxisRow, answer: Answer) -> None:
    case = ET.SubElement(suite, "testcase", classname="vary", name=clean(row.name))
    if row.status == "changes":
        causes = [cause for cause in answer.causes if row.name in cause.axes]
        lines = [f"{', '.join(cause.settings)}: {cause.difference or cause.proof}" for cause in causes]
        ET.SubElement(case, "failure", message=clean(row.title)).text = clean("\n".join([*lines, row.advice]).strip())
    elif row.status == "not-tested":
        ET.SubElement(case, "skipped", message=clean(row.reason or "not tested"))
