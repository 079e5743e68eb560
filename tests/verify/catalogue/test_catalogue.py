"""The table of checks: complete, without doubles, and the same as its page."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from verify.catalogue.check import Check
from verify.catalogue.runs import PAIRS
from verify.catalogue.table import CHECKS, FAMILIES
from verify.rendering.reference import render_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def find_ids(text: str) -> Iterator[str]:
    """Yield every string of a source text that is an id."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch("[A-Z][0-9]{3}", node.value):
            yield node.value


def find_formed_ids(text: str) -> Iterator[int]:
    """Yield every line on which an id is formed from a letter and a number, where no search would find it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            formats = [part.value for part in ast.walk(node.format_spec) if isinstance(part, ast.Constant)]
            yield from [node.lineno] * formats.count("03")


def list_used(modules: Mapping[str, str]) -> set[str]:
    """Return the ids in all modules but those of the table."""
    return {found for name, text in modules.items() if ".catalogue" not in name for found in find_ids(text)}


def test_every_id_in_the_code_is_in_the_table(modules: dict[str, str]) -> None:
    """No result has an id that is not in the table."""
    assert sorted(list_used(modules) - set(CHECKS)) == []


def test_every_id_in_the_table_is_in_the_code(modules: dict[str, str]) -> None:
    """No entry is left over; the comparison of two records takes its ids from that with a golden."""
    derived = {check.id for check in PAIRS if check.id.replace("R", "V") in CHECKS}
    assert sorted(set(CHECKS) - list_used(modules) - derived) == []


def test_no_id_is_formed_from_parts(modules: dict[str, str]) -> None:
    """Every id is written out, so that the two tests above see it."""
    assert [f"{name}:{line}" for name, text in modules.items() for line in find_formed_ids(text)] == []


def test_hidden_ids_are_seen() -> None:
    """Negative control: a written id and a formed one are found, other texts are not."""
    assert list(find_ids('a = f("V001", "V0011", "v001", "xV001")')) == ["V001"]
    assert list(find_formed_ids('a = f"{b}{c:03}"\nd = f"{b:3} {c}"')) == [1]


def test_no_id_is_listed_twice() -> None:
    """Every id is in one family only."""
    assert len(CHECKS) == sum(len(family.checks) for family in FAMILIES)


def test_every_check_is_explained() -> None:
    """Title, meaning and remedy are there; titles are single lines without a full stop."""
    for check in CHECKS.values():
        assert check.title
        assert not check.title.endswith(".")
        assert check.meaning.endswith(".")
        assert check.remedy


@pytest.mark.parametrize("changes", [{"id": "V1"}, {"id": "V0001"}, {"severity": "bad"}])
def test_malformed_check_is_refused(changes: dict[str, str]) -> None:
    """An id has one letter and three digits; a severity is one of four."""
    with pytest.raises(ValueError, match="must"):
        Check(**({"id": "V001", "title": "a", "meaning": "b", "remedy": "c"} | changes))  # type: ignore[arg-type]


@pytest.mark.checkout
def test_page_is_made_from_the_table(checkout: Path) -> None:
    """docs/checks.md is what `python -m verify.rendering.reference` prints."""
    assert (checkout / "docs" / "checks.md").read_text(encoding="utf-8") == render_reference()
