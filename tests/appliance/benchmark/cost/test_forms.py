"""Earlier runs of the cost suite: sound ones are read, every other one has a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.benchmark.cost.report import format_report
from appliance.benchmark.cost.request import read_answer
from appliance.benchmark.cost.table import format_table
from appliance.reports.subjects import read_subjects
from support.cost_answers import make_full_answer
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.cost_answers import COST_ANSWER, CostRun
from verify.files.structure import structure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OTHERS: tuple[Any, ...] = (None, 1, -1, 1.5, "x", [], {}, True, 0.0)


def list_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Yield the path of every value inside a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from list_places(item, (*path, key))


PLACES = list(list_places(make_full_answer()))


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_each_damage_is_read_or_refused(path: tuple[Any, ...], tmp_path: Path) -> None:
    """A missing key, and values of every other type at every place, end in pages or in one error from both readers."""
    for other in (*_OTHERS, "missing"):
        answer = json.loads(json.dumps(make_full_answer()))
        place = answer
        for step in path[:-1]:
            place = place[step]
        if other == "missing":
            del place[path[-1]]
        else:
            place[path[-1]] = other
        file = tmp_path / "answer.json"
        file.write_text(json.dumps(answer))
        try:
            read = read_answer(file)
        except UsageError:
            with pytest.raises((CouldNotJudgeError, UsageError)):
                read_subjects([str(file)])
            continue
        assert read_subjects([str(file)])
        assert format_table(read)
        assert format_report([read, read], None)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ratio_low": None}, "rows[0]: an interval has one end only"),
        ({"hidden": None, "data": None}, "rows[0]: a training step lacks data, hidden"),
        ({"batch": 0}, "rows[0].batch: expected at least 1, found 0"),
        ({"ratio": 0.0}, "rows[0].ratio: expected at least 1e-09, found 0.0"),
    ],
)
def test_rows_that_cannot_be_shown_are_refused(changes: dict[str, Any], problem: str) -> None:
    """Half an interval, a step without its sizes, and a ratio that cannot be inverted are named with their place."""
    answer = make_full_answer()
    answer["rows"][0] |= changes
    with pytest.raises(ValueError, match="rows") as caught:
        structure(answer, CostRun)
    assert problem in str(caught.value)


def test_form_keeps_what_it_does_not_know() -> None:
    """An answer comes back whole, with the keys of later versions at every level."""
    answer = make_full_answer() | {"later": 1}
    for part in ("rows", "memory", "start_up", "growth", "accuracy", "targets"):
        answer[part][0]["later"] = [part]
    answer["environment"]["later"] = {"a": None}
    assert COST_ANSWER.to_json(COST_ANSWER.parse(answer, "here")) == answer
