"""Shell scripts: none removes the folder that it stands in, and an edit that changes nothing ends a script.

On Windows a folder in which a process stands cannot be removed, which ends the script with 1.
"""

from __future__ import annotations

import re
import subprocess
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


def test_only_one_function_edits_files(checkout: Path) -> None:
    """No script edits a file in place but by `edit`, which looks whether something has changed."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(checkout.glob("delivery/**/*.sh"))]
    assert [text.count("sed -i") for text in texts if "sed -i" in text] == [1]
    assert sum(len(re.findall(r"^ +edit ", text, re.MULTILINE)) for text in texts) > 2


@pytest.mark.parametrize(
    ("expressions", "code", "left"), [("s/a/b/ s/b/c/", 0, "c\n"), ("s/a/b/ s/x/y/ s/b/c/", 1, "b\n")]
)
def test_edit_that_changes_nothing_ends_the_script(
    expressions: str, code: int, left: str, checkout: Path, tmp_path: Path
) -> None:
    """The first expression without an effect is named."""
    (tmp_path / "file").write_text("a\n", encoding="ascii")
    script = f'set -e; folder=$1; source delivery/image/proofs.sh; edit "$folder/file" {expressions}; echo "after it"'
    command = ["bash", "-c", script, "bash", str(tmp_path)]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert (tmp_path / "file").read_text(encoding="ascii") == left
    assert ("after it" if code == 0 else "changes nothing") in done.stdout
