"""The table of many machines, and every form in which their comparison is reported."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from support.legs import DIGEST, OTHER, make_leg, make_report
from verify.judging.agreement import compare_legs
from verify.judging.expectation import Expectation
from verify.judging.legs import Leg
from verify.rendering.junit import render_junit
from verify.rendering.machines import COLUMNS, list_cells, report_agreement
from verify.rendering.markdown import render_markdown
from verify.rendering.objects import describe_agreement
from verify.rendering.text import render_text
from verify.results import make_result


def test_table_shows_the_machine() -> None:
    """Every column is filled from the report; what is unknown is a question mark."""
    row, silent = map(list_cells, (make_leg("a"), Leg(name="b", error="gone")))
    assert list(row) == list(COLUMNS)
    assert row["ISA"] == "s390x"
    assert row["BLAS"] == "openblas Z14"
    assert row["digests"] == "smoke " + DIGEST[7:19]
    assert silent["verdict"] == "no report"
    assert silent["NumPy"] == "?"


def test_every_form_says_the_same() -> None:
    """Text, JSON, Markdown and JUnit have the verdict and the failed checks, and are well formed."""
    legs = [make_leg("a"), make_leg("b", OTHER)]
    results = compare_legs(legs, {"a": Expectation(), "b": Expectation()})
    report = report_agreement(legs, results)
    assert render_text(report).endswith("different: the legs have several digests")
    assert json.loads(json.dumps(describe_agreement(legs, results)))["verdict"] == "different"
    lines = render_markdown(report).splitlines()
    assert lines[0].startswith("**different**")
    assert {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")} == {len(COLUMNS) + 1}
    suites = ET.fromstring(render_junit(report)).findall("testsuite")  # noqa: S314 - our own text
    assert [(suite.get("name"), suite.get("failures")) for suite in suites] == [("agreement", "1"), ("verdict", "1")]


def test_json_keeps_everything() -> None:
    """Full digests, the error and the checks of a leg are in its object, with the cells of the table."""
    leg = make_leg("a")
    whole, lost = describe_agreement([leg, Leg(name="b", error="gone")], [])["legs"]
    assert whole["digests"] == {"smoke": DIGEST}
    assert whole["checks"] == make_report()["checks"]
    assert (lost["error"], lost["checks"]) == ("gone", [])


def test_number_of_notes_is_in_words_that_fit_one() -> None:
    """The folded part of a page says how many notes it has."""
    for count, words in ((1, "1 note, which decides nothing"), (2, "2 notes, which decide nothing")):
        notes = [make_result("A004", "info", title="several programs") for _ in range(count)]
        assert f"<summary>{words}</summary>" in render_markdown(report_agreement([make_leg("a")], notes))
