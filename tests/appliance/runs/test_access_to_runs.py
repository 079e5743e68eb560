"""A run directory of another owner, as in a container with a mounted folder."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NoReturn

import pytest

from appliance.config import load_config
from appliance.runs.directory import reserve_place
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, 'docker run --user "$(id -u):$(id -g)"'),
        (errno.EROFS, "in a container mount one"),
        (errno.ENOSPC, "--out DIR"),
    ],
)
def test_refused_directory_says_what_to_do(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused access, a read-only file system, and a full disk, which is another matter."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(number, "refused")

    monkeypatch.setattr("appliance.runs.directory.try_place", refuse)
    with pytest.raises(UsageError, match="the run directory cannot be written") as caught:
        reserve_place(tmp_path / "run", load_config("smoke"), "portable")
    assert words in str(caught.value.remedy)
