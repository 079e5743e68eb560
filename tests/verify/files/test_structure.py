"""Structure: JSON becomes typed values only where its form is exactly the expected one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.forms import Item, Page, Tolerant
from verify.files.structure import structure, to_json

PAGE: dict[str, Any] = {
    "title": "a",
    "class": "sha256:" + "0" * 64,
    "items": [{"count": 1, "value": 0.5, "tags": {"x": [1, 2]}}],
    "kind": "left",
    "note": None,
    "free": {"anything": [1, None, {"a": 2.5}]},
}


def test_a_value_survives() -> None:
    """Every kind of field comes back as it was, typed in between."""
    page = structure(PAGE, Page)
    assert page.items == (Item(count=1, value=0.5, tags={"x": (1, 2)}),)
    assert page.class_digest == PAGE["class"]
    assert to_json(page) == PAGE


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"title": 1}, "title: expected a text, found an integer"),
        ({"class": "sha256:0"}, "class: expected sha256:[0-9a-f]{64}, found 'sha256:0'"),
        ({"items": {}}, "items: expected a list, found an object"),
        ({"items": "ab"}, "items: expected a list, found a text"),
        ({"items": []}, "items: expected at least one entry, found none"),
        ({"items": [3]}, "items[0]: expected an object, found an integer"),
        ({"items": [{"count": True, "value": 0.5, "tags": {}}]}, "expected an integer, found true or false"),
        ({"items": [{"count": -1, "value": 0.5, "tags": {}}]}, "items[0].count: expected at least 0, found -1"),
        ({"items": [{"count": 1, "value": 1, "tags": {}}]}, "expected a number with a fraction, found an integer"),
        (
            {"items": [{"count": 1, "value": 0.5, "tags": {"x": [1, 0.5]}}]},
            "items[0].tags['x'][1]: expected an integer",
        ),
        ({"items": [{"count": 1, "value": 0.5, "tags": []}]}, "items[0].tags: expected an object, found a list"),
        ({"kind": "up"}, "kind: expected left or right, found 'up'"),
        ({"kind": ["left"]}, "kind: expected left or right"),
        ({"note": 1}, "note: expected a text, found an integer"),
        ({"free": []}, "free: expected an object, found a list"),
        ({"other": 1}, "unknown keys: other"),
        ({"class_digest": "x"}, "unknown keys: class_digest"),
    ],
)
def test_everything_else_is_refused(changed: dict[str, Any], problem: str) -> None:
    """Each problem is named with its place."""
    with pytest.raises(ValueError, match=r"expected|unknown") as caught:
        structure({**PAGE, **changed}, Page)
    assert problem in str(caught.value)


@pytest.mark.parametrize("key", ["title", "class", "items", "kind", "note", "free"])
def test_a_key_that_is_missing_is_named(key: str) -> None:
    """A key without a default must be there, also one that may be null."""
    with pytest.raises(ValueError, match=f"^{key}: the key is missing$"):
        structure({name: value for name, value in PAGE.items() if name != key}, Page)


@pytest.mark.parametrize("value", [None, 1, "a", [], [PAGE]])
def test_what_is_no_object_has_no_form(value: Any) -> None:  # noqa: ANN401
    """A form needs an object."""
    with pytest.raises(ValueError, match="expected an object"):
        structure(value, Page)


def test_many_problems_are_told_briefly() -> None:
    """Five problems are listed, the rest is counted, and a long list ends at its first wrong entry."""
    with pytest.raises(ValueError, match="more") as caught:
        structure({"items": [0] * 100_000}, Page)
    assert str(caught.value).count(";") == 5
    assert len(str(caught.value)) < 500


def test_a_default_that_is_left_out_stays_out() -> None:
    """OMIT leaves a key out while it has its default; it can be there, too."""
    assert "later" not in str(to_json(structure(PAGE, Page)))
    assert structure({**PAGE, "later": 5}, Page).later == 5
    assert to_json(structure({**PAGE, "later": 5}, Page)) == {**PAGE, "later": 5}


def test_a_tolerant_form_keeps_what_it_does_not_know() -> None:
    """Keys of other versions survive reading and writing; known keys are as strict as elsewhere."""
    value: dict[str, Any] = {"name": "a", "speed": 3, "more": {"x": [1]}}
    assert structure(value, Tolerant).extra == {"speed": 3, "more": {"x": [1]}}
    assert to_json(structure(value, Tolerant)) == value
    with pytest.raises(ValueError, match="name: expected a text"):
        structure({"name": 1}, Tolerant)


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**63))
def test_numbers_survive(number: float, count: int) -> None:
    """No float and no integer changes on the way."""
    item: dict[str, Any] = {"count": count, "value": number, "tags": {}}
    found = to_json(structure(item, Item))
    assert isinstance(found, dict)
    assert repr(found) == repr(item)


def test_what_is_no_json_is_not_written() -> None:
    """A value that JSON cannot express is an error of the program."""
    with pytest.raises(TypeError, match="complex"):
        to_json({"a": 1j})
