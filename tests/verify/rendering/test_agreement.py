"""Many machines in one verdict: nothing that is missing, skipped or different passes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from appliance.cli.fleeting import run_agree
from verify.conformance.certificate import PROBES
from verify.errors import UsageError
from verify.files.goldens import locate_golden, read_golden
from verify.rendering.agreement import (
    COLUMNS,
    Leg,
    compare_legs,
    conclude_legs,
    parse_leg,
    read_leg,
    render_json,
    render_junit,
    render_markdown,
    render_text,
    tabulate,
)

if TYPE_CHECKING:
    from pathlib import Path

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


def conclude(*legs: Leg, expected: tuple[str, ...] | None = None) -> str:
    """Return the verdict over some legs, each of which has to judge `smoke`."""
    needed = None if expected is None else dict.fromkeys(expected, ("smoke",))
    return conclude_legs(compare_legs(legs, needed, {"smoke": DIGEST}))


def test_machines_that_agree_are_identical() -> None:
    """Two machines with one digest, both expected."""
    assert conclude(make_leg("a"), make_leg("b"), expected=("a", "b")) == "identical"


SKIPPED = [*make_report()["checks"], {"id": "V002", "title": "skipped", "status": "could-not-judge", "config": "smoke"}]


@pytest.mark.parametrize(
    ("legs", "verdict"),
    [
        ((make_leg("a"), make_leg("b", OTHER)), "different"),
        ((make_leg("a"), make_leg("b", OTHER, "different")), "different"),
        ((make_leg("a", OTHER, "different"), make_leg("b", OTHER, "different")), "different"),
        ((make_leg("a"),), "could-not-judge"),
        ((make_leg("a"), make_leg("b", None)), "could-not-judge"),
        ((make_leg("a"), make_leg("b", verdict="could-not-judge")), "could-not-judge"),
        ((make_leg("a"), make_leg("b", verdict="splendid")), "could-not-judge"),
        ((make_leg("a"), make_leg("b", checks=SKIPPED)), "could-not-judge"),
        ((make_leg("a"), make_leg("b", checks=[])), "could-not-judge"),
        ((make_leg("a"), make_leg("b", checks=make_report()["checks"][1:])), "could-not-judge"),
        ((make_leg("a"), make_leg("b", checks=PASSED)), "could-not-judge"),
        ((make_leg("a", OTHER), make_leg("b", OTHER)), "different"),
        ((make_leg("a"), make_leg("b", goldens=[])), "could-not-judge"),
        ((make_leg("a"), make_leg("b"), make_leg("c")), "could-not-judge"),
        ((make_leg("a"), make_leg("a"), make_leg("b")), "could-not-judge"),
        ((make_leg("a"), Leg(name="b", error="not done after 9 s")), "could-not-judge"),
        ((), "could-not-judge"),
    ],
)
def test_everything_else_is_not(legs: tuple[Leg, ...], verdict: str) -> None:
    """A difference, a missing, an unexpected, a doubled, a silent leg, one that skipped something, other goldens."""
    assert conclude(*legs, expected=("a", "b")) == verdict


def test_configurations_that_nobody_judged_are_missed() -> None:
    """What a leg has to judge is said by the list, not by what the legs happened to judge; nor are goldens by legs."""
    legs = [make_leg("a"), make_leg("b")]
    asked = {"a": ("smoke",), "b": ("smoke", "baseline")}
    assert conclude_legs(compare_legs(legs, asked, {"smoke": DIGEST})) == "could-not-judge"
    assert conclude_legs(compare_legs(legs, None, {})) == "could-not-judge"
    assert conclude_legs(compare_legs(legs, None, {"smoke": DIGEST})) == "identical"


@pytest.mark.parametrize(
    "changed",
    [
        {"checks": 5},
        {"checks": [5]},
        {"checks": [{"id": 5}]},
        {"goldens": None},
        {"goldens": [{"config": "smoke", "found": {}}]},
        {"environment": 3},
        {"environment": {"compared": [1]}},
        {"seconds": 10**400},
        {"seconds": "3"},
    ],
)
def test_malformed_report_is_a_leg_with_an_error(changed: dict[str, Any]) -> None:
    """One report of another shape costs its leg, not the table."""
    leg = parse_leg("b", json.dumps(make_report(**changed)))
    assert str(leg.error).startswith("malformed: " + next(iter(changed)))
    assert "no report" in render_text([make_leg("a"), leg], compare_legs([make_leg("a"), leg]))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "repro-appliance/run/1"}', "3"])
def test_text_that_is_no_report_is_a_leg_with_an_error(text: str) -> None:
    """Truncated and foreign JSON is told as such."""
    leg = parse_leg("a", text)
    assert leg.report is None
    assert leg.error
    assert conclude(leg) == "could-not-judge"


def test_legs_are_named_after_their_files(tmp_path: Path) -> None:
    """By the file, or by the directory of a report.json; a missing file is a leg with an error."""
    (tmp_path / "arm").mkdir()
    for path in (tmp_path / "x86.json", tmp_path / "arm" / "report.json"):
        path.write_text(json.dumps(make_report()))
    assert [read_leg(tmp_path / name).name for name in ("x86.json", "arm/report.json")] == ["x86", "arm"]
    assert read_leg(tmp_path / "none.json").error


def test_table_shows_the_machine() -> None:
    """Every column is filled from the report; what is unknown is a question mark."""
    row, silent = tabulate([make_leg("a"), Leg(name="b", error="gone")])
    assert list(row) == list(COLUMNS)
    assert row["ISA"] == "s390x"
    assert row["BLAS"] == "openblas Z14"
    assert row["digests"] == "smoke " + DIGEST[7:19]
    assert silent["verdict"] == "no report"
    assert silent["NumPy"] == "?"


def test_every_form_says_the_same() -> None:
    """Text, JSON, Markdown and JUnit hold the verdict and the troubles, and are well formed."""
    legs = [make_leg("a"), make_leg("b", OTHER)]
    results = compare_legs(legs, {"a": (), "b": ()})
    assert render_text(legs, results).endswith("different: 2 of 2 legs identical")
    assert json.loads(json.dumps(render_json(legs, results)))["verdict"] == "different"
    lines = render_markdown(legs, results).splitlines()
    assert lines[0].startswith("**different**")
    assert {line.replace("\\|", "").count("|") for line in lines if line.startswith("|")} == {len(COLUMNS) + 1}
    suite = ET.fromstring(render_junit(results)).find("testsuite")  # noqa: S314 - our own text
    assert suite is not None
    assert suite.get("failures") == str(len(suite.findall(".//failure"))) == "2"


def test_command_ends_with_the_verdict(tmp_path: Path) -> None:
    """Exit codes 0, 1 and 3; the table is added to a file that is there already."""
    (tmp_path / "reports").mkdir()
    golden = read_golden(locate_golden("smoke"))["digests"]["run"]
    for name in ("a", "b"):
        (tmp_path / "reports" / f"{name}.json").write_text(json.dumps(make_report(golden)))
    expect, summary = tmp_path / "legs.json", tmp_path / "summary.md"
    expect.write_text(json.dumps([{"name": name, "os": "x", "configs": ["smoke"]} for name in ("a", "b")]))
    summary.write_text("before\n")
    assert run_agree([tmp_path / "reports"], expect=expect, markdown=summary) == 0
    assert summary.read_text().startswith("before\n**identical**")
    expect.write_text('["a", "b"]')
    assert run_agree([tmp_path / "reports"], expect=expect) == 3  # the quick set is more than smoke
    expect.write_text('["a", "b", "c"]')
    assert run_agree([tmp_path / "reports"], expect=expect, junit=tmp_path / "out.xml") == 3
    (tmp_path / "reports" / "c.json").write_text(json.dumps(make_report(OTHER)))
    assert run_agree([tmp_path / "reports"], expect=expect, as_json=True) == 1
    for text in ("{", "{}", '"ab"'):
        expect.write_text(text)
        with pytest.raises(UsageError):
            run_agree([tmp_path / "reports"], expect=expect)
    with pytest.raises(UsageError):
        run_agree([tmp_path / "reports"], markdown=expect / "x.md")
