"""A kind of file: one schema id, one size, errors that name the file, writing only what can be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.forms import Tolerant
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.kinds import FileKind

if TYPE_CHECKING:
    from pathlib import Path

KIND = FileKind(name="a sample", schema="sample/1", form=Tolerant, limit=60, remedy="write it again")


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Text, file and value say the same."""
    value = Tolerant(name="a", extra={"b": 1})
    (tmp_path / "a.json").write_text(KIND.format(value))
    assert json.loads(KIND.format(value)) == {"schema": "sample/1", "name": "a", "b": 1}
    assert KIND.read(tmp_path / "a.json") == value


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("{", "a sample is not JSON"),
        ("[]", "a sample has another schema"),
        ('{"name": "a"}', "a sample has another schema"),
        ('{"name": "a", "schema": "sample/2"}', "a sample has another schema"),
        ('{"schema": "sample/1"}', "a sample is not valid"),
    ],
)
def test_other_contents_are_doubts(text: str, title: str, tmp_path: Path) -> None:
    """Each names the file and what to do."""
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(CouldNotJudgeError, match=title) as caught:
        KIND.read(path)
    assert (caught.value.where, caught.value.remedy) == (path, "write it again")


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    """Its size is checked before its contents."""
    path = tmp_path / "a.json"
    path.write_text(" " * 61)
    with pytest.raises(UsageError, match="a sample is too large"):
        KIND.read(path)


@pytest.mark.parametrize("value", [Tolerant(name="a", extra={"b": "\ud800"}), Tolerant(name=1)])  # type: ignore[arg-type]
def test_what_could_not_be_read_back_is_not_written(value: Tolerant) -> None:
    """A text that is not UTF-8, a field of another type."""
    with pytest.raises(CouldNotJudgeError, match="a sample is not"):
        KIND.format(value)
