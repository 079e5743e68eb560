"""Faults that tests plant by editing a text are there: an edit without an effect is an error."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from support.edits import swap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WRITERS = {"write_text", "write_bytes", "makepyfile"}


def find_blind_edits(text: str) -> Iterator[int]:
    """Yield the lines on which a test writes what `replace` or `re.sub` made of something, changed or not."""
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _WRITERS):
            continue
        values = [*node.args, *(keyword.value for keyword in node.keywords)]
        inner = [call for value in values for call in ast.walk(value) if isinstance(call, ast.Call)]
        names = {call.func.attr for call in inner if isinstance(call.func, ast.Attribute)}
        if names & {"replace", "sub"}:
            yield node.lineno


def test_edit_without_effect_is_an_error() -> None:
    """Texts and bytes, all or some; negative controls: nothing to replace, or the same in its place."""
    assert swap("aba", "a", "c") == "cbc"
    assert swap(b"aba", b"a", b"c", 1) == b"cba"
    for old, new in (("x", "y"), ("a", "a")):
        with pytest.raises(ValueError, match="changes nothing"):
            swap("aba", old, new)


@pytest.mark.checkout
def test_tests_write_no_edit_that_may_be_none(checkout: Path) -> None:
    """Every test module."""
    paths = sorted((checkout / "tests").rglob("*.py"))
    assert len(paths) > 100
    found = [f"{path}:{line}" for path in paths for line in find_blind_edits(path.read_text(encoding="utf-8"))]
    assert found == []


def test_blind_edit_is_noticed() -> None:
    """Negative control: by a method, by an expression, as a keyword; an edit that is looked at is none."""
    text = """
path.write_text(path.read_text().replace("a", "b"))
path.write_text(re.sub("a", "b", text), encoding="utf-8")
pytester.makepyfile(test_one=text.replace("a", "b"))
path.write_text(swap(text, "a", "b"))
"""
    assert list(find_blind_edits(text)) == [2, 3, 4]
