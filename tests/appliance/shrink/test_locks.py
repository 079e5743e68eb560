"""Locks that pip reads, and what pip gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.shrink.locks import convert_pylock, prepare_lock
from appliance.shrink.wheels import Wheel, find_reason, list_changes, normalize
from verify.errors import UsageError

_PYLOCK = """
lock-version = "1.0"
created-by = "tests"
[[packages]]
name = "alpha"
version = "1.0"
marker = "python_version > '3'"
sdist = {name = "alpha-1.0.tar.gz", hashes = {sha256 = "aa"}}
[[packages.wheels]]
name = "alpha-1.0-py3-none-any.whl"
hashes = {sha256 = "bb"}
"""


def test_requirement_files_are_left_to_pip(tmp_path: Path) -> None:
    """Pip reads its own format, with everything that it includes."""
    path = tmp_path / "any.lock"
    path.write_text("alpha==1.0\n")
    assert prepare_lock(path, tmp_path) == path


def test_pylock_becomes_requirement_lines(tmp_path: Path) -> None:
    """Name, version, marker, and the hashes of all archives."""
    path = tmp_path / "pylock.toml"
    path.write_text(_PYLOCK)
    text = "alpha==1.0 ; python_version > '3' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert convert_pylock(path) == text
    assert prepare_lock(path, tmp_path).read_text() == text


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("missing.lock", None, "no such lock"),
        ("uv.lock", "", "cannot read this format"),
        ("poetry.lock", "", "cannot read this format"),
        ("pylock.toml", "packages = 3", "cannot be read"),
        ("pylock.toml", "[[packages]]\nname = 'alpha'\n", "cannot be read"),
        ("pylock.toml", "not toml", "cannot be read"),
    ],
)
def test_other_locks_are_refused(tmp_path: Path, name: str, text: str | None, title: str) -> None:
    """What pip cannot read is an error of usage that says what to do."""
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=title):
        prepare_lock(tmp_path / name, tmp_path)


def test_reasons_of_pip_are_one_line() -> None:
    """The conflict if there is one, else the error, else the last line."""
    conflict = (
        "ERROR: Cannot install alpha 2 (from /x/alpha.whl)\n\nThe conflict is caused by:\n"
        "    The user requested beta 1 (from /x/beta.whl)\n    alpha 2 depends on beta>=2\n\nTo fix this:\n"
    )
    assert find_reason(conflict) == "The user requested beta 1; alpha 2 depends on beta>=2"
    assert find_reason("Looking\nERROR: No matching distribution found\n") == "No matching distribution found"
    assert find_reason("one\ntwo\n") == "two"
    assert find_reason("") == "it said nothing"


def test_changes_are_versions_contents_and_presence() -> None:
    """A new version, new contents under one version, a package only in one lock; equal ones are no change."""

    def wheel(name: str, version: str, content: str = "x") -> Wheel:
        return Wheel(name=name, version=version, path=Path("/none"), content=content)

    a = {"one": wheel("one", "1"), "two": wheel("two", "1"), "three": wheel("three", "1"), "same": wheel("same", "1")}
    b = {"one": wheel("one", "2"), "two": wheel("two", "1", "y"), "four": wheel("four", "1"), "same": a["same"]}
    assert [str(change) for change in list_changes(a, b)] == [
        "four absent -> 1", "one 1 -> 2", "three 1 -> absent", "two 1 -> 1 (other contents)"
    ]  # fmt: skip
    assert normalize("Some.Name__x") == "some-name-x"
