"""The page of kills, faults and long runs: made from the rows that are kept, with everything that is wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from delivery.torture import table
from delivery.torture.faults import Tally
from delivery.torture.judging import complain_of_words, list_titles
from delivery.torture.kills import Trial, add_up
from delivery.torture.many_runs import ListRow
from delivery.torture.programs import HUNG, Outcome
from delivery.torture.soak import MEMORY, judge_soak

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

ERROR = "a file cannot be written\n  found      no space\n"
MARKS = "\n".join(f"<!-- {name} -->\n<!-- /{name} -->" for name in ("kills", "faults", "soak", "runs", "wrong"))


@pytest.mark.parametrize(
    ("code", "err", "complaint"),
    [
        (0, "", ""),
        (0, "note: resumed\n  after it\n", ""),
        (2, ERROR, ""),
        (2, f"note: resumed\n{ERROR}", ""),
        (2, "", "0 errors"),
        (2, ERROR + ERROR, "2 errors"),
        (0, ERROR, "1 errors"),
        (1, ERROR, "exit code 1"),
        (2, "Traceback (most recent call last):\n", "Traceback"),
        (2, "internal error\n  found      KeyError\n", "internal error"),
        (HUNG, "", "it did not end"),
    ],
)
def test_what_is_wrong_with_an_error_is_told(code: int, err: str, complaint: str) -> None:
    """One error for exit code 2, none for 0, notes apart."""
    found = complain_of_words(Outcome(code=code, out="", err=err), (0, 2))
    assert found.startswith(complaint)
    assert bool(found) == bool(complaint)
    assert list_titles(ERROR) == ["a file cannot be written"]


def test_trials_are_added_up() -> None:
    """A trial with a complaint does not count as equal, and is told."""
    row = add_up("s", "SIGKILL", [Trial(kills=2, unfinished=1), Trial(kills=1, complaint="other results")])
    assert (row.trials, row.equal, row.kills, row.unfinished) == (2, 1, 3, 1)
    assert row.complaints == ("other results",)


def test_growth_is_a_complaint() -> None:
    """Memory, descriptors and threads may not grow, and there are two checkpoints."""
    flat = [[done, 10**7, 5, 1, 3, 100] for done in range(100, 4001, 100)]
    assert judge_soak("epochs", flat, 1.0).complaints == ()
    for column, step in ((1, int(MEMORY["epochs"]) + 100), (2, 1), (3, 1)):
        grown = [[*row] for row in flat]
        for row in grown:
            row[column] += row[0] * step
        assert len(judge_soak("epochs", grown, 1.0).complaints) == 1
    more = [[*row[:4], 5, row[5]] for row in flat]
    assert judge_soak("checkpoints", more, 1.0).complaints == ("5 files of checkpoints",)


def test_growth_of_few_does_not_count() -> None:
    """Before a number of them, memory is not judged; descriptors are."""
    few = [[done, done * 10**6, 5 + done, 1, 0, 0] for done in range(1, 41)]
    (complaint,) = judge_soak("trainings", few, 1.0).complaints
    assert complaint.startswith("descriptors")


def test_growth_of_the_first_half_does_not_count() -> None:
    """What is loaded on first use is no growth."""
    warm = [[done, min(done, 10) * 10**6, 5, 1, 0, 0] for done in range(1, 41)]
    assert judge_soak("trainings", warm, 1.0).memory == pytest.approx(0)


def test_what_is_wrong_stands_in_the_page() -> None:
    """Rows of all parts are counted; complaints have a section of their own."""
    tally = Tally(fault="EIO", how="a call fails")
    tally.add("call 1", ERROR, 2, "")
    tally.add("call 2", "", 0, "half a run is in place")
    kills = [add_up("s", "SIGKILL", [Trial(kills=1), Trial(kills=1)])]
    parts = {"kills": table.to_rows(kills), "faults": table.to_rows([tally.to_row()])}
    parts["runs"] = table.to_rows([ListRow(runs=10, seconds=0.5, start=0.25, complaints=())])
    page = table.render(parts, MARKS)
    assert "**2 of 2.**" in page
    assert "**1 of 2.**" in page
    assert "| 10 | 0.50 s | 0.25 s |" in page
    assert "* call 2: half a run is in place" in page
    assert "Nothing is wrong." in table.render({name: parts[name] for name in ("kills", "runs")}, MARKS)


def test_rows_are_kept(tmp_path: Path) -> None:
    """What is written is read back."""
    parts = {"runs": table.to_rows([ListRow(runs=10, seconds=0.5, start=0.25, complaints=())])}
    (tmp_path / "t.json").write_text(table.format_rows(parts), encoding="utf-8")
    assert table.read_rows(tmp_path / "t.json") == parts
    assert table.read_rows(tmp_path / "none.json") == {}


def test_page_shows_the_record(checkout: Path) -> None:
    """docs/torture.md has the rows of docs/torture.json, every part has rows, and nothing is wrong."""
    parts = table.read_rows(checkout / "docs" / "torture.json")
    page = (checkout / "docs" / "torture.md").read_text(encoding="utf-8")
    assert table.render(parts, page) == page, "run `make torture` for these rows"
    assert set(parts) == {"kills", "signals", "faults", "scenes", "data", "soak", "runs"}
    assert table.list_complaints(parts) == []
    assert sum(row["trials"] for row in parts["kills"]) >= 200
    assert all(row["equal"] == row["trials"] for name in ("kills", "signals") for row in parts[name])


def test_another_page_is_noticed() -> None:
    """Negative control: a row that changes changes the page."""
    row = ListRow(runs=10, seconds=0.5, start=0.25, complaints=())
    one, other = (table.render({"runs": table.to_rows([found])}, MARKS) for found in (row, attrs.evolve(row, runs=11)))
    assert one != other
