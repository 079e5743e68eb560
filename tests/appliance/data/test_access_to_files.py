"""Data files to which the system refuses access, as in a container: the advice is not to download them again."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NoReturn

import pytest

from appliance.data.controls import control_file
from appliance.data.fetch import fetch
from appliance.data.idx import read_file
from appliance.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_unreadable_file_names_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another owner: `data check` says which user has no access; a missing file is still to be fetched."""
    path = tmp_path / "images.gz"
    assert "data fetch" in str(control_file("D001", path, _read(path), remedy="data fetch").remedy)

    def refuse(*_: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    path.touch()
    monkeypatch.setattr(os, "open", refuse)
    assert "docker run --user" in str(control_file("D001", path, _read(path), remedy="data fetch").remedy)


def _read(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        read_file(path, limit=100)
    return caught.value


def test_read_only_directory_is_not_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written, a download ends with the advice to mount a directory."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EROFS, "Read-only file system", str(tmp_path))

    monkeypatch.setattr(os, "makedirs", refuse)
    with pytest.raises(DataError, match="a data file cannot be written") as caught:
        fetch("mnist", tmp_path / "data", "http://127.0.0.1:9/", retries=0)
    assert "mount one" in str(caught.value.remedy)
    assert "check the network" not in str(caught.value)
