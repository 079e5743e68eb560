"""Files that scripts, workflows and documents name exist, and the folders of tests mirror the packages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.checkout

_NAMED = re.compile(r"(?<![\w./-])(?:\$root/|!)?((?:delivery|tests|nix)/[\w./-]*\w)")
_SOURCES = (".ci/*", ".dockerignore", ".github/workflows/*", "Dockerfile", "Makefile", "README.md", "delivery/**/*.sh",
            "docs/*.md", "flake.nix", "nix/*.nix", "pyproject.toml")  # fmt: skip
# Made by the script that names it, for the replacement of nixpkgs; a file of a reader in an example of the help.
_MADE = ("delivery/nix/standin/host.json", "delivery/nix/standin/locks", "tests/test_arrays.py")


def find_missing(text: str, root: Path) -> Iterator[str]:
    """Yield the paths in delivery/, tests/ and nix/ that a text names and that do not exist."""
    for path in _NAMED.findall(text):
        if path not in _MADE and not (root / path).exists():
            yield path


def find_folders_without_room(root: Path, package: str) -> Iterator[str]:
    """Yield the folders with tests below tests/PACKAGE that have no folder of their name in the package."""
    for folder in sorted({path.parent.relative_to(root) for path in (root / "tests" / package).rglob("test_*.py")}):
        if not (root / folder.relative_to("tests")).is_dir():
            yield str(folder)


def test_named_paths_exist(checkout: Path) -> None:
    """No script, workflow or page names a file that does not exist."""
    files = [path for pattern in _SOURCES for path in sorted(checkout.glob(pattern)) if path.is_file()]
    assert len(files) > 25
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    assert sum(len(_NAMED.findall(text)) for text in texts.values()) > 50
    missing = [f"{path.name}: {name}" for path, text in texts.items() for name in find_missing(text, checkout)]
    assert not missing, "\n".join(missing)


def test_path_that_is_gone_is_reported(checkout: Path) -> None:
    """Negative control: in a command, behind a variable and in a page; a path of another folder is not one of ours."""
    text = "bash delivery/gone.sh; $root/tests/gone; `nix/gone.nix`; other/delivery/gone.sh; delivery/image/build.sh"
    assert list(find_missing(text, checkout)) == ["delivery/gone.sh", "tests/gone", "nix/gone.nix"]


@pytest.mark.parametrize("package", ["appliance", "verify", "delivery"])
def test_folders_of_tests_mirror_the_packages(package: str, checkout: Path) -> None:
    """Tests of a room are in the folder of its name."""
    assert list(find_folders_without_room(checkout, package)) == []


def test_folder_without_a_room_is_reported(tmp_path: Path) -> None:
    """Negative control: tests of a room that does not exist."""
    for folder in ("tests/verify/host", "tests/verify/gone", "verify/host"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "test_x.py").touch()
    assert list(find_folders_without_room(tmp_path, "verify")) == ["tests/verify/gone"]
