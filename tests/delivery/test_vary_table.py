"""The table of programs with known answers: what counts as right, and what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from delivery.pages import replace_part
from delivery.vary_table import __main__ as vary_table
from delivery.vary_table import table
from delivery.vary_table.judging import Row, judge, skip
from delivery.vary_table.programs import Program, read_programs
from delivery.vary_table.running import Heard, Tools

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout


def _make(**more: object) -> Program:
    words: dict[str, Any] = {"id": "p", "title": "t", "files": ["p.py"], "command": ["{python}", "p.py"]}
    return Program(**(words | {"named": ["threads"]} | more))


def _hear(
    *causes: tuple[str, ...],
    joint: bool = False,
    identical: bool = True,
    untested: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    code: int = 1,
) -> Heard:
    mechanism = {"mechanism": "acts only together: without any one of them nothing changes"} if joint else {}
    answer = {
        "control": {"identical": identical},
        "causes": [{"axes": list(axes), **mechanism} for axes in causes],
        "axes": [{"name": name, "status": "not-tested", "reason": "no such tool"} for name in untested],
        "notes": list(notes),
        "runs": 12,
    }
    return Heard(code=code, answer=answer, messages="", peak=80, seconds=2.5)


@pytest.mark.parametrize(
    ("program", "heard"),
    [
        (_make(), _hear(("threads",))),
        (_make(also=["affinity"]), _hear(("threads", "affinity"))),
        (_make(also=["affinity"]), _hear(("threads",), ("affinity",))),
        (_make(named=["hash-seed + timezone"]), _hear(("timezone", "hash-seed"), joint=True)),
        (_make(named=[]), _hear(code=0)),
        (_make(named=[], itself=True), _hear(identical=False)),
        (_make(named=[], says=["left"]), _hear(code=0, notes=("it left a file",))),
    ],
)
def test_right_answers_are_right(program: Program, heard: Heard) -> None:
    """What is expected is named, nothing else is, and what must be said is said."""
    assert (judge(program, heard).judged, judge(program, heard).reason) == ("right", "")


@pytest.mark.parametrize(
    ("program", "heard", "reason"),
    [
        (_make(), _hear(code=0), "threads is not named"),
        (_make(), _hear(("threads",), ("locale",)), "locale is named"),
        (_make(named=[]), _hear(("affinity",)), "affinity is named"),
        (_make(named=["hash-seed + timezone"]), _hear(("timezone",), ("hash-seed",)), "hash-seed is named"),
        (_make(named=["hash-seed"]), _hear(("hash-seed", "umask"), joint=True), "hash-seed + umask is named"),
        (_make(named=[]), _hear(identical=False), "differs from itself"),
        (_make(named=[], itself=True), _hear(code=0), "no word of differing from itself"),
        (_make(named=[], says=["left"]), _hear(code=0), "it does not say: left"),
        (_make(named=[]), _hear(code=3), "it could not judge"),
        (_make(named=["user"]), _hear(("umask",), untested=("user",)), "umask is named"),
        (_make(), Heard(code=2, answer={}, messages="no such axis", peak=0, seconds=1.0), "exit code 2: no such axis"),
    ],
)
def test_wrong_answers_are_wrong(program: Program, heard: Heard, reason: str) -> None:
    """A cause too few, a cause too many, a word that is missing, and no answer at all."""
    assert judge(program, heard).judged == "wrong"
    assert reason in judge(program, heard).reason


def test_what_is_not_tested_cannot_be_shown() -> None:
    """The axis that was expected has no effect here, which is told; that is neither right nor wrong."""
    row = judge(_make(named=["locale"]), _hear(untested=("locale",), code=0))
    assert (row.judged, row.reason) == ("cannot be shown here", "locale: no such tool")
    heard = _hear(code=0)
    heard.answer["axes"] = [{"name": "locale", "status": "harmless", "reason": "one value cannot be made here"}]
    assert judge(_make(named=["locale"]), heard).judged == "cannot be shown here"
    assert skip(_make(), ["the program cc"]).judged == "cannot be shown here"


def test_what_a_machine_lacks_is_listed() -> None:
    """A program that needs what is not there is not run."""
    tools = Tools(python="python")
    assert tools.list_missing(_make(command=["no-such-tool", "x"])) == ["the program no-such-tool"]
    assert tools.list_missing(_make(command=["{other}", "x"])) == ["a Python of another version"]
    assert tools.list_missing(_make(values=["numpy={numpy}"])) == ["an environment with another NumPy (--numpy)"]
    assert tools.list_missing(_make(command=["./made"], prepare=["{python}", "x"])) == []


def test_table_stands_between_its_marks() -> None:
    """Rows are kept as JSON, merged in the order of the programs, and written into a page."""
    one, other = Row(id="a", title="t", answer="x", named="x", judged="right"), skip(_make(id="b"), ["cc"])
    new = Row(id="a", title="t", answer="x", named="y", judged="wrong", reason="y is named")
    assert table.read_json(table.write_json([one, other])) == (one, other)
    assert table.merge([other, one], new, ["a", "b"]) == (new, other)
    page = replace_part("head\n<!-- cases -->\nold\n<!-- /cases -->\ntail\n", "cases", table.render([new, other]))
    assert "2 programs: 1 cannot be shown here, 1 wrong." in page
    assert "old" not in page
    assert page.endswith("<!-- /cases -->\ntail\n")
    with pytest.raises(ValueError, match="no <!-- cases -->"):
        replace_part("head", "cases", "")


def test_unknown_program_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a program of that name nothing is run or written."""
    monkeypatch.setattr("sys.argv", ["vary_table", "--only", "no-such-program"])
    assert vary_table.main() == 2
    assert "no such programs" in capsys.readouterr().err


def test_page_shows_the_record(checkout: Path) -> None:
    """docs/vary.md has the rows of docs/vary.json, every program has a row, and none is judged wrong."""
    rows = table.read_json((checkout / "docs" / "vary.json").read_text(encoding="utf-8"))
    page = (checkout / "docs" / "vary.md").read_text(encoding="utf-8")
    own, cases = read_programs(vary_table.OWN / "answers.toml"), read_programs(vary_table.CASES)
    wanted = [(program.id, program.title, program.answer) for program in (*own, *cases)]
    assert [(row.id, row.title, row.answer) for row in rows] == wanted, "run `make vary-table` for these rows"
    assert table.render(rows[: len(own)]) in page
    assert table.render(rows[len(own) :]) in page
    assert not [row.id for row in rows if row.judged == "wrong"]


def test_memory_stays_small(checkout: Path) -> None:
    """No program needed 300 MB of the memory of `vary`, not the one with a gigabyte of output either."""
    rows = table.read_json((checkout / "docs" / "vary.json").read_text(encoding="utf-8"))
    assert {row.id for row in rows if row.mebibytes} >= {"gigabyte.py"}
    assert max(row.mebibytes for row in rows) < 286
