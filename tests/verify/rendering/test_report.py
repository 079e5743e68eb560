"""Reports: text, JSON and JUnit tell the same story, and none is green without evidence."""

from __future__ import annotations

import io
import json
from xml.etree import ElementTree as ET

import attrs
import pytest

from support.specimens import change, fake_digest, make_golden, make_record, parse_record, parse_unsound
from verify.judging.checks import judge_record
from verify.rendering.junit import render_junit
from verify.rendering.objects import describe_verification
from verify.rendering.report import report_results, report_verification
from verify.rendering.text import list_results, render_notes, render_text, wants_color
from verify.results import Judgement, Result

NOTE = Result(id="E002", title="NumPy is not the pinned version", status="info", expected="a", found="b", remedy="c")


def _judge(**changes: object) -> Judgement:
    record = make_record()
    for path, value in changes.items():
        record = change(record, path.replace("__", "."), value)
    return attrs.evolve(
        judge_record(parse_record(record), parse_unsound(make_golden())),
        here="numpy 9, s390x",
        made_with="numpy 2.4.4, x86_64",
    )


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_text_of_a_success_is_short() -> None:
    """A golden that was reproduced is one line, the verdict is the last."""
    lines = render_text(report_verification([], [_judge()])).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("identical ")
    assert lines[-1].startswith("identical:")


def test_text_of_a_failure_names_everything() -> None:
    """A failure shows configuration, both values, the place, both machines and a remedy."""
    text = render_text(report_verification([NOTE], [_judge(epochs__1__weights=fake_digest("other"))]))
    assert "V005 weights by epoch differ" in text
    for row in (
        "config     sample",
        f"expected   {fake_digest('2')}",
        f"found      {fake_digest('other')}",
        "first at   epoch 2, weights",
        "here       numpy 9, s390x",
        "golden of  numpy 2.4.4, x86_64",
        "try        ",
    ):
        assert f"\n  {row}" in text
    assert "E002" not in text
    assert render_notes([NOTE])[0].startswith("note: ")
    assert text.splitlines()[-1].startswith("different:")


@pytest.mark.parametrize(
    ("stream", "environment", "colored"),
    [
        (_Terminal(), {}, True),
        (_Terminal(), {"NO_COLOR": ""}, True),
        (_Terminal(), {"NO_COLOR": "1"}, False),
        (_Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_color_is_for_terminals_that_want_it(
    stream: io.StringIO, environment: dict[str, str], *, colored: bool
) -> None:
    """Plain text unless a terminal reads it; NO_COLOR is honoured."""
    assert wants_color(stream, environment) is colored


def test_color_changes_nothing_but_color() -> None:
    """Without its escape sequences the coloured text is the plain one."""
    plain, painted = (render_text(report_verification([], [_judge()]), color=color) for color in (False, True))
    assert "\x1b" not in plain
    for code in ("\x1b[32m", "\x1b[0m"):
        assert code in painted
        painted = painted.replace(code, "")
    assert painted == plain


def test_json_has_the_documented_keys() -> None:
    """Scripts find verdict, checks and goldens under their fixed names."""
    body = json.loads(json.dumps(describe_verification([NOTE], [_judge(digests__run=fake_digest("other"))])))
    assert (body["schema"], body["verdict"]) == ("repro-appliance/verify/1", "different")
    assert all({"id", "title", "status", "expected", "found", "remedy"} <= set(row) for row in body["checks"])
    assert [row["id"] for row in body["checks"] if row["status"] == "fail"] == ["V009"]
    (golden,) = body["goldens"]
    assert (golden["config"], golden["verdict"], golden["found"]) == ("sample", "different", fake_digest("other"))
    assert golden["expected"] == make_golden()["digests"]["run"]


def test_nothing_compared_is_never_green() -> None:
    """Without a golden, text, JSON and JUnit all say that nothing was shown."""
    passed = Result(id="E001", title="fine", status="pass")
    assert render_text(report_verification([passed], [])).startswith("could-not-judge:")
    assert describe_verification([passed], [])["verdict"] == "could-not-judge"
    root = ET.fromstring(render_junit(report_verification([passed], [])))  # noqa: S314 - our own output
    assert len(list(root.iter("error"))) == 1


def test_junit_of_a_success_has_only_passes() -> None:
    """Each check is a case, what only informs is a property, nothing failed."""
    root = ET.fromstring(render_junit(report_verification([NOTE], [_judge()])))  # noqa: S314 - our own output
    assert [list(root.iter(tag)) for tag in ("failure", "error", "skipped")] == [[], [], []]
    suites = {str(suite.get("name")): suite for suite in root.iter("testsuite")}
    assert list(suites) == ["environment", "sample", "verdict"]
    assert suites["sample"].get("tests") == str(len(_judge().results))
    assert [prop.get("name") for prop in suites["environment"].iter("property")] == ["E002"]


def test_junit_of_a_failure_counts_it() -> None:
    """A failed check is a failure, one that could not be judged an error; both are counted in their suite."""
    doubt = Judgement(config="b\x00<&", results=(Result(id="V001", title="no\x1bgolden", status="could-not-judge"),))
    root = ET.fromstring(render_junit(report_verification([], [_judge(digests__run=fake_digest("other")), doubt])))  # noqa: S314
    counts = [(suite.get("name"), suite.get("failures"), suite.get("errors")) for suite in root.iter("testsuite")]
    assert counts == [("environment", "0", "0"), ("sample", "1", "0"), ("b?<&", "0", "1"), ("verdict", "1", "0")]


def test_tolerance_is_never_passed_off_as_bits() -> None:
    """A comparison within a tolerance says so in text and JSON."""
    golden, record = make_golden(native=True), make_record(profile="native")
    judgement = judge_record(parse_record(record), parse_unsound(golden))
    text = render_text(report_verification([], [judgement]))
    assert "within a tolerance" in text
    assert "identical" not in text
    body = describe_verification([], [judgement])
    assert (body["verdict"], body["goldens"][0]["verdict"], body["goldens"][0]["basis"]) == (
        "close",
        "close",
        "tolerance",
    )
    assert "within a tolerance" not in render_text(report_verification([], [_judge()]))


def test_agreement_within_a_tolerance_is_not_called_reproduction() -> None:
    """Where only losses were compared, the last line says so, and with bits it says the golden was reproduced."""
    passed = Result(id="V013", title="losses agree within the tolerance", status="pass")
    loose = Judgement(config="smoke", results=(passed,), basis="tolerance")
    tight = Judgement(config="smoke", results=(passed,))
    assert (
        "close: losses agree within a tolerance, bits were not compared"
        in render_text(report_verification([], [tight, loose])).splitlines()[-1]
    )
    assert "every golden was reproduced" in render_text(report_verification([], [tight])).splitlines()[-1]


def test_accepted_closeness_is_no_error_of_junit() -> None:
    """The verdict stays close; only the exit code and the last case change where the caller accepts it."""
    passed = Result(id="V013", title="losses agree within the tolerance", status="pass")
    loose = Judgement(config="smoke", results=(passed,), basis="tolerance")
    for accepted, code, errors in ((False, 3, "1"), (True, 0, "0")):
        report = report_verification([], [loose], accept_close=accepted)
        last = list(ET.fromstring(render_junit(report)).iter("testsuite"))[-1]  # noqa: S314 - our own output
        assert (report.verdict, report.exit_code, last.get("errors")) == ("close", code, errors)


def test_all_versions_are_one_note() -> None:
    """Seven versions that are not pinned are one line of a terminal, which names them as far as there is room."""
    rows = [attrs.evolve(NOTE, id="E005", title=f"package-{i} is not the pinned version", remedy="x") for i in range(7)]
    (line,) = render_notes(rows)
    assert len(line) <= 80
    assert line.startswith("note: not as pinned")
    assert "package-0" in line
    assert line.endswith("more (--json)")
    assert render_notes(rows[:1])[0].endswith(": package-0")
    assert render_notes([attrs.evolve(NOTE, remedy=None)]) == []


def test_other_versions_with_equal_digests_have_words_of_their_own() -> None:
    """A strict channel with other versions is no difference of results, and says so."""
    pin = Result(id="E002", title="NumPy is not the version that the channel nix promises", status="could-not-judge")
    report = report_verification([pin], [_judge()])
    assert (report.verdict, report.exit_code) == ("could-not-judge", 3)
    assert "reproduced, but not with the promised versions" in report.summary
    doubt = attrs.evolve(pin, id="C001", title="numbers")
    assert "versions" not in report_verification([pin, doubt], [_judge()]).summary
    differing = _judge(digests__run=fake_digest("other"))
    assert report_verification([pin], [differing]).summary == "a result differs from its golden"


def test_text_has_no_control_characters() -> None:
    """A record from elsewhere cannot send commands to the terminal."""
    hostile = Result(id="V001", title="a\x1b[2Jb", status="fail", found="c\x9bd", where="e\x07")
    text = render_text(report_verification([hostile], []))
    assert "V001 a?[2Jb" in text
    assert not {"\x1b", "\x9b", "\x07"} & set(text)


def test_list_shows_every_result() -> None:
    """What passed is one line; for the rest everything known is shown."""
    results = [Result(id="C001", title="fine", status="pass"), attrs.evolve(NOTE, id="C016")]
    assert list_results(results).splitlines()[:2] == ["ok   C001 fine", "C016 NumPy is not the pinned version"]
    assert "expected   a" in list_results(results)


def test_cases_of_one_check_have_names_of_their_own() -> None:
    """JUnit readers keep one case for each name; a check that is alone in its suite is named by its id."""
    results = [Result(id=number, title=title, status="pass") for number, title in (("A001", "x"), ("A001", "y"))]
    results.append(Result(id="A003", title="z", status="pass"))
    root = ET.fromstring(render_junit(report_results("agreement", results, "fine")))  # noqa: S314 - our own output
    assert [case.get("name") for case in root.iter("testcase")] == ["A001 x", "A001 y", "A003", "identical"]
