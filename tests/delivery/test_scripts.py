"""Shell scripts: none removes the folder that it stands in, which fails on Windows and ends the script with 1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

_REMOVED = re.compile(r"rm -rf? \"\$(\w+)\"")
_ENTERED = re.compile(r"^cd \"?\$(\w+)", re.MULTILINE)


def find_removed_standing(text: str) -> list[str]:
    """Return the variables whose folder a script enters for good and removes without leaving it first."""
    entered = set(_ENTERED.findall(text))
    lines = [line for line in text.splitlines() if any(name in entered for name in _REMOVED.findall(line))]
    return [name for line in lines for name in _REMOVED.findall(line) if name in entered and "cd /" not in line]


def test_no_script_removes_where_it_stands(checkout: Path) -> None:
    """All scripts of the project; one of them enters a folder of its own, and leaves it before it removes it."""
    texts = {str(path): path.read_text(encoding="utf-8") for path in sorted(checkout.glob("delivery/**/*.sh"))}
    texts[".ci/run"] = (checkout / ".ci/run").read_text(encoding="utf-8")
    assert len(texts) > 10
    assert any(_ENTERED.search(text) and _REMOVED.search(text) for text in texts.values())
    assert {name: found for name, text in texts.items() if (found := find_removed_standing(text))} == {}


def test_removed_folder_is_noticed() -> None:
    """Negative control: the script as it was, and the same in a part of it."""
    assert find_removed_standing('away=$(mktemp -d)\ntrap \'rm -rf "$away"\' EXIT\ncd "$away/place"\n') == ["away"]
    assert find_removed_standing('clean() { cd / && rm -rf "$away"; }\ncd "$away/place"\n') == []
    assert find_removed_standing('trap \'rm -rf "$away"\' EXIT\n(cd "$away" && ls)\n') == []
