"""The checklists of conferences: each names items that exist; an answer follows from those of its items."""

from __future__ import annotations

import re

import pytest

from appliance.checklist.answers import STATUSES, Item, Part
from appliance.checklist.arranged import arrange
from appliance.checklist.conferences import LISTS, Demand, DemandList, find_list, name_demands
from appliance.checklist.table import QUESTIONS, TITLES
from verify.errors import UsageError


def find_lost(found: DemandList) -> list[str]:
    """Return the ids in a list that no question has."""
    known = [question.id for part in QUESTIONS.values() for question in part]
    return [name for demand in found.demands for name in demand.items if name not in known]


def make_list(*items: str) -> DemandList:
    """Return a list with one demand."""
    demands = (Demand(number="1", about="something", items=items),)
    return DemandList(name="x", short="X", title="a list", version="1", source="https://example.org", demands=demands)


@pytest.mark.parametrize("found", LISTS, ids=lambda found: found.name)
def test_list_names_items_that_exist(found: DemandList) -> None:
    """Every id is one of our questions; every number is there once; the source is an address."""
    assert find_lost(found) == []
    numbers = [demand.number for demand in found.demands]
    assert len(set(numbers)) == len(numbers)
    assert re.fullmatch(r"https://\S+", found.source)
    assert any(demand.items for demand in found.demands)
    assert find_list(found.name) is found


def test_unknown_item_is_reported() -> None:
    """Negative control: an id that no question has is found."""
    assert find_lost(make_list("data.digest", "data.nothing")) == ["data.nothing"]


def test_lengths_are_those_of_the_sources() -> None:
    """NeurIPS asks 16 questions, the checklist of Pineau has 21 lines."""
    assert [len(find_list(name).demands) for name in ("neurips", "pineau")] == [16, 21]


def test_unknown_list_is_refused() -> None:
    """The names are told."""
    with pytest.raises(UsageError) as caught:
        find_list("nips")
    assert "neurips" in str(caught.value)


def test_demands_of_an_item_are_named() -> None:
    """Lists with their numbers, those of one list together."""
    assert name_demands("data.source", (make_list("data.source"),)) == "X 1"
    assert name_demands("data.digest", (make_list("data.source"),)) == ""


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("yes", "yes"), "yes"),
        (("yes", "no"), "no"),
        (("no", "not-answerable-by-machine"), "no"),
        (("yes", "not-applicable"), "yes"),
        (("yes", "not-answerable-by-machine"), "not-answerable-by-machine"),
        (("not-applicable",), "not-applicable"),
        ((), "not-answerable-by-machine"),
    ],
)
def test_answer_to_a_demand(statuses: tuple[str, ...], expected: str) -> None:
    """A no decides; a yes needs every item that applies; what the author must write is no yes."""
    items = tuple(
        Item(id=f"data.{number}", title="t", status=next(one for one in STATUSES if one == status))
        for number, status in enumerate(statuses)
    )
    parts = [Part(id="data", title="Data", items=items)]
    found = arrange(parts, make_list(*(item.id for item in items)))
    assert [one.status for one in found] == [expected]


def test_questions_stand_in_their_part() -> None:
    """An id begins with its part, is there once, and has a title and a meaning that are sentences."""
    assert list(QUESTIONS) == list(TITLES)
    found = [(name, question) for name, part in QUESTIONS.items() for question in part]
    assert all(question.id.startswith(f"{name}.") for name, question in found)
    assert len({question.id for _, question in found}) == len(found)
    assert all(re.fullmatch(r"[A-Z].*[^.]", question.title) for _, question in found)
    assert all(question.meaning.endswith(".") for _, question in found)
