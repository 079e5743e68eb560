"""Earlier runs of the cost suite: sound ones are read, every other one has a reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.benchmark.cost.report import format_report
from appliance.benchmark.cost.request import read_answer
from appliance.benchmark.cost.table import format_table
from support.cost_answers import make_full_answer
from verify.errors import UsageError

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
    """A key that is missing, and values of every other type at every place, end in a page or in one error."""
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
            continue
        assert format_table(read)
        assert format_report([read, read], None)
