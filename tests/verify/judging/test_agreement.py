"""Reports of many machines under one verdict: nothing that is missing, skipped or different passes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from support.legs import DIGEST, OTHER, PASSED, make_check, make_leg, make_report
from verify.judging.agreement import Leg, compare_legs, parse_leg, read_leg
from verify.rendering.machines import report_agreement
from verify.rendering.text import render_text
from verify.results import judge

if TYPE_CHECKING:
    from pathlib import Path


def conclude(*legs: Leg, expected: tuple[str, ...] | None = None) -> str:
    """Return the verdict over some legs, each of which has to judge `smoke`."""
    needed = None if expected is None else dict.fromkeys(expected, ("smoke",))
    return judge(compare_legs(legs, needed, {"smoke": DIGEST}))


def test_machines_that_agree_are_identical() -> None:
    """Two machines with one digest, both expected."""
    assert conclude(make_leg("a"), make_leg("b"), expected=("a", "b")) == "identical"


SKIPPED = [*make_report()["checks"], make_check("V002", "skipped", "could-not-judge")]


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


def test_configurations_that_were_not_judged_are_reported() -> None:
    """What a leg has to judge is said by the list, not by what the legs happened to judge; nor are goldens by legs."""
    legs = [make_leg("a"), make_leg("b")]
    asked = {"a": ("smoke",), "b": ("smoke", "baseline")}
    assert judge(compare_legs(legs, asked, {"smoke": DIGEST})) == "could-not-judge"
    assert judge(compare_legs(legs, None, {})) == "could-not-judge"
    assert judge(compare_legs(legs, None, {"smoke": DIGEST})) == "identical"


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
    assert leg.report is None
    assert re.match(r"a report is not (valid: \w+|JSON: the integer)", str(leg.error))
    assert "no report" in render_text(report_agreement([make_leg("a"), leg], compare_legs([make_leg("a"), leg])))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "repro-appliance/run/1"}', "3"])
def test_text_that_is_no_report_is_a_leg_with_an_error(text: str) -> None:
    """Truncated and foreign JSON is an error that says so."""
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
