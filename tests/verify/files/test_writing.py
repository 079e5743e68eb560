"""The writer: the old file or the new one, never a part, and no other file."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from verify.errors import UsageError
from verify.files import writing
from verify.files.writing import append_text, format_json, write_whole


def _list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_as_it_is(tmp_path: Path) -> None:
    """Newlines stay as they are, text is UTF-8, nothing else is left."""
    write_whole(tmp_path / "a", "é\r\n\n")
    assert (tmp_path / "a").read_bytes() == "é\r\n\n".encode()
    write_whole(tmp_path / "a", b"\xff")
    assert (tmp_path / "a").read_bytes() == b"\xff"
    assert _list_names(tmp_path) == ["a"]


def test_json_is_sorted_and_finite() -> None:
    """One value has one text, and what is no JSON has none."""
    assert format_json({"b": 1.0, "a": ["é"]}) == '{\n  "a": [\n    "\\u00e9"\n  ],\n  "b": 1.0\n}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        format_json(float("nan"))


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full or the move is refused, the old file is whole and no draft stays."""
    path = tmp_path / "a"
    write_whole(path, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(UsageError, match="the report cannot be written") as caught:
        write_whole(path, "new", what="the report")
    monkeypatch.undo()
    assert caught.value.found == "No space left on device"
    assert path.read_text() == "old"
    assert _list_names(tmp_path) == ["a"]


def test_an_interrupt_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle leaves no draft."""
    write_whole(tmp_path / "a", "old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a", "new")
    assert _list_names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("name", ["none/a", "folder", "file/a", "zero\0byte", "circle"])
def test_a_place_that_takes_no_file_is_a_usage_error(name: str, tmp_path: Path) -> None:
    """A missing directory, a directory, a file as a directory, a name that no system takes, links in a circle."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(UsageError, match="cannot be written"):
        write_whole(tmp_path / name, "new")
    assert _list_names(tmp_path) == ["circle", "file", "folder"]
    assert _list_names(tmp_path / "folder") == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that a link names is written, also one that is not there yet."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "a").symlink_to(tmp_path / "disk" / "b")
    for text in ("first", "second"):
        write_whole(tmp_path / "a", text)
        assert (tmp_path / "disk" / "b").read_text() == text
    assert (tmp_path / "a").is_symlink()


def test_permissions_stay(tmp_path: Path) -> None:
    """A file that is replaced keeps its permissions."""
    write_whole(tmp_path / "a", "old")
    (tmp_path / "a").chmod(0o640)
    write_whole(tmp_path / "a", "new")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """What is no regular file, as /dev/stdout, is written to and not replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_text)
        write_whole(pipe, "text")
        assert read.result(timeout=10) == "text"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert _list_names(tmp_path) == ["pipe"]


def test_many_writers_leave_one_whole_file(tmp_path: Path) -> None:
    """Writers that meet do not mix."""
    texts = [str(number) * 5000 for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(write_whole, tmp_path / "a", text) for text in texts * 5]:
            future.result()
    assert (tmp_path / "a").read_text() in texts
    assert _list_names(tmp_path) == ["a"]


def test_names_reach_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory is synced after the move."""
    seen: list[Path] = []
    monkeypatch.setattr(writing, "sync_directory", seen.append)
    write_whole(tmp_path / "a", "x")
    assert seen == [tmp_path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_pipe_that_nobody_reads_is_not_waited_for(tmp_path: Path) -> None:
    """Writing to a pipe without a reader is an error at once, whole or at the end."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="the report cannot be written"):
        write_whole(tmp_path / "pipe", "a", what="the report")
    with pytest.raises(UsageError, match="the report cannot be written"):
        append_text(tmp_path / "pipe", "a", what="the report")
    append_text(Path(os.devnull), "a")


def test_json_is_no_command_for_a_log() -> None:
    """A text that GitHub would execute is written with an escape, and reads back the same."""
    value = {"##[group]": "a ##[add-mask]b"}
    assert "##[" not in format_json(value)
    assert json.loads(format_json(value)) == value
