"""The answer of `vary` as JUnit: what changes the results is a failure, what was not tested is no pass."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import attrs
import pytest

from appliance.vary.answer import Answer
from appliance.vary.junit import format_junit
from appliance.vary.rows import AxisRow, CauseRow

if TYPE_CHECKING:
    from verify.results import Verdict

HARMLESS = AxisRow(name="aslr", title="addresses", values=("off", "on"), status="harmless")
CHANGES = AxisRow(name="threads", title="threads", values=("as it is", "1"), status="changes", advice="fix them\x1b[2J")
UNTESTED = AxisRow(name="cpu", title="emulated", values=("as it is",), status="not-tested", reason="no emulator")
CAUSE = CauseRow(axes=("threads",), settings=("threads=1",), mechanism="", proof="shown twice", difference="a: 1 / 2")
ANSWER = Answer(
    verdict="different", sentence="it is threads", repeats=3, identical=True, rate=0.0,
    axes=(HARMLESS, CHANGES, UNTESTED), causes=(CAUSE,), classes=(), harmless=(), advice=(), notes=(), runs=9,
    seconds=1.0, complete=True,
)  # fmt: skip


def test_axes_are_cases() -> None:
    """One of each status; control characters are not in the file."""
    suites = ET.fromstring(format_junit(ANSWER)).findall("testsuite")  # noqa: S314 - our own text
    assert suites[0].attrib == {"name": "axes", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    harmless, changes, untested = suites[0]
    assert list(harmless) == []
    assert (changes[0].tag, changes[0].text) == ("failure", "threads=1: a: 1 / 2\nfix them?[2J")
    assert (untested[0].tag, untested[0].get("message")) == ("skipped", "no emulator")


@pytest.mark.parametrize(
    ("verdict", "kind"), [("identical", None), ("different", "failure"), ("could-not-judge", "error")]
)
def test_verdict_is_the_last_case(verdict: Verdict, kind: str | None) -> None:
    """An answer without axes is not green by that."""
    answer = attrs.evolve(ANSWER, verdict=verdict, axes=())
    last = ET.fromstring(format_junit(answer)).findall("testsuite")[-1]  # noqa: S314 - our own text
    assert [child.tag for child in last[0]] == ([] if kind is None else [kind])
    assert last[0].get("name") == verdict
