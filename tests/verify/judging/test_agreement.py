"""Reports of many machines under one verdict: nothing that is missing, skipped or different passes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from support.legs import DIGEST, OTHER, PASSED, make_check, make_leg, make_report
from verify.errors import UsageError
from verify.judging.agreement import compare_legs
from verify.judging.expectation import Expectation, parse_expectations
from verify.judging.legs import Leg, parse_leg, read_leg
from verify.rendering.machines import report_agreement
from verify.rendering.markdown import render_markdown
from verify.rendering.text import render_text
from verify.results import judge


def conclude(*legs: Leg, expected: tuple[str, ...] | None = None) -> str:
    """Return the verdict over some legs, each of which has to judge `smoke`."""
    needed = None if expected is None else dict.fromkeys(expected, Expectation(configs=("smoke",)))
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
        ((make_leg("a"), make_leg("b", verdict="close")), "could-not-judge"),
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
    asked = {"a": Expectation(configs=("smoke",)), "b": Expectation(configs=("smoke", "baseline"))}
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


def test_disagreement_is_grouped_by_digest() -> None:
    """Fifty legs are two classes, the larger one first; each class is a line, with a cut digest and few names."""
    legs = [*(make_leg(f"leg-{i:02}") for i in range(48)), make_leg("x", OTHER), make_leg("y", OTHER)]
    results = compare_legs(legs, None, {"smoke": DIGEST})
    (row,) = (result for result in results if result.id == "A003")
    assert {digest: len(names) for digest, names in row.found.items()} == {DIGEST: 49, OTHER: 2}
    report = report_agreement(legs, results)
    for text in (render_text(report), render_markdown(report)):
        disagreement = [line for line in text.splitlines() if "ab" * 6 in line and "on 49 legs" in line]
        assert len(disagreement) == 1
        assert "identical" not in disagreement[0]
        assert len(disagreement[0]) < 200
        assert DIGEST not in text
        assert "None" not in text
    assert render_text(report).splitlines()[-1] == "different: 2 of 50 legs differ"


def test_missing_leg_is_told_in_words() -> None:
    """No form prints None for what is not there."""
    legs = [make_leg("a")]
    report = report_agreement(legs, compare_legs(legs, {"a": Expectation(), "b": Expectation()}, {"smoke": DIGEST}))
    assert "missing: b" in render_text(report)
    assert "there is no report of this name" in render_markdown(report)
    assert "None" not in render_text(report) + render_markdown(report)
    assert render_text(report).splitlines()[-1] == "could-not-judge: legs missing or doubled: 1"


def make_described(name: str, **facts: str) -> Leg:
    """Return a leg whose report states system, machine, versions, channel and program."""
    known = {"kernel": "Linux 6.1", "machine": "x86_64", "python": "3.13.1", "numpy": "2.4.4", "channel": "wheel"}
    known |= {"source": DIGEST, "commit": "0123456789abcdef", **facts}
    compared = {"machine": known["machine"], "python.version": known["python"], "numpy.version": known["numpy"]}
    context = {"os.kernel": known["kernel"], "channel": known["channel"]}
    context |= {"program.source": known["source"], "program.commit": known["commit"], "program.version": "0.1.0"}
    environment = {"compared": compared, "context": context}
    return make_leg(name, environment=environment, seconds=float(known.get("seconds", "3.2")))


@pytest.mark.parametrize(
    ("stated", "facts", "verdict"),
    [
        ({"system": "Linux"}, {}, "identical"),
        ({"system": "Darwin"}, {}, "could-not-judge"),
        ({"system": "macOS"}, {"kernel": "Darwin 24.1"}, "identical"),
        ({"machine": "AMD64"}, {}, "identical"),
        ({"machine": "arm64"}, {"machine": "aarch64"}, "identical"),
        ({"machine": "aarch64"}, {}, "could-not-judge"),
        ({"python": "3.13"}, {}, "identical"),
        ({"python": "3.1"}, {}, "could-not-judge"),
        ({"numpy": "locked"}, {}, "identical"),
        ({"numpy": "locked"}, {"numpy": "2.4.5"}, "could-not-judge"),
        ({"numpy": "1.24"}, {"numpy": "1.24.4"}, "identical"),
        ({"numpy": "1.24"}, {}, "could-not-judge"),
        ({"numpy": "newest"}, {"numpy": "2.10.0"}, "identical"),
        ({"numpy": "newest"}, {"numpy": "1.24.4"}, "could-not-judge"),
        ({"channel": "nix"}, {}, "could-not-judge"),
        ({"channel": "wheel"}, {}, "identical"),
        ({"commit": "0123456"}, {}, "identical"),
        ({"commit": "0123457"}, {}, "could-not-judge"),
        ({"commit": "0"}, {}, "could-not-judge"),
        ({"commit": "0123456"}, {"commit": ""}, "could-not-judge"),
        ({"version": "0.2.0"}, {}, "could-not-judge"),
    ],
)
def test_leg_is_compared_with_its_name(stated: dict[str, str], facts: dict[str, str], verdict: str) -> None:
    """A report under the name of another machine does not pass, and both are named."""
    expected = {"a": Expectation(configs=("smoke",), **stated)}
    results = compare_legs([make_described("a", **facts)], expected, {"smoke": DIGEST})
    assert judge(results) == verdict
    if verdict != "identical":
        (row,) = (result for result in results if result.status != "pass")
        assert row.title == "a: not the machine that it was to be"
        assert row.expected == " ".join(next(iter(stated.items())))


def test_copies_of_one_report_are_not_many_machines() -> None:
    """49 copies under the names of the hosted matrix: nobody calls them identical, whatever each states."""
    path = Path(__file__).parents[3] / "delivery/matrix/legs.json"
    entries = (
        json.loads(path.read_text()) if path.is_file() else [{"name": f"{i}", "system": "Linux"} for i in range(49)]
    )
    expected = parse_expectations(entries, ("smoke",), lambda name: isinstance(name, str), "a test")
    expected = {name: attrs.evolve(leg, configs=("smoke",)) for name, leg in expected.items()}
    legs = [make_described(name) for name in expected]
    results = compare_legs(legs, expected, {"smoke": DIGEST})
    assert judge(results) == "could-not-judge"
    assert "one report has several names" in {result.title for result in results}
    if path.is_file():
        assert len([result for result in results if result.title.endswith("that it was to be")]) > 40
    assert render_text(report_agreement(legs, results)).splitlines()[-1].startswith("could-not-judge: ")


def test_equal_machines_are_told_apart_by_their_times() -> None:
    """Two runs on one kind of machine are two reports."""
    expected = {name: Expectation(configs=("smoke",), system="Linux") for name in "ab"}
    legs = [make_described("a"), make_described("b", seconds="3.3")]
    assert judge(compare_legs(legs, expected, {"smoke": DIGEST})) == "identical"


def test_legs_must_have_run_one_program() -> None:
    """Another source could not be judged where legs are expected, and is a note otherwise."""
    legs = [make_described("a"), make_described("b", source=OTHER)]
    expected = dict.fromkeys("ab", Expectation(configs=("smoke",)))
    assert judge(compare_legs(legs, expected, {"smoke": DIGEST})) == "could-not-judge"
    assert judge(compare_legs(legs, None, {"smoke": DIGEST})) == "identical"
    same = [make_described("a"), make_described("b")]
    assert judge(compare_legs(same, expected, {"smoke": DIGEST}, DIGEST)) == "identical"
    assert judge(compare_legs(same, expected, {"smoke": DIGEST}, OTHER)) == "could-not-judge"


@pytest.mark.parametrize(
    "entries",
    [
        "ab",
        {},
        [3],
        [{"name": "a", "python": 3.13}],
        [{"name": "a", "configs": "smoke"}],
        [{"name": "a", "configs": [3]}],
        ["a", "a"],
    ],
)
def test_malformed_expectations_are_usage_errors(entries: Any) -> None:  # noqa: ANN401 - any JSON
    """What cannot be compared is refused, not ignored; so is a name that stands in the list twice."""
    with pytest.raises(UsageError, match="list of legs"):
        parse_expectations(entries, ("smoke",), lambda name: isinstance(name, str), "a test")
