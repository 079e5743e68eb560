"""The reader: regular files up to a size, strict JSON, and errors that name the file."""

from __future__ import annotations

import json
import os
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import ApplianceError, CouldNotJudgeError, UsageError
from verify.files.reading import DEEPEST, parse_json, read_bytes, read_json


def test_strict_json_is_read() -> None:
    """A sound text gives its value."""
    text = '{"a": [1, -2.5, true, null, "é"], "b": {}}'
    assert parse_json(text.encode(), where="here") == {"a": [1, -2.5, True, None, "é"], "b": {}}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[1,]",
        b"\x00",
        b"NaN",
        b'{"a": Infinity}',
        b"[-Infinity]",
        b"1e999",
        b'{"a": 1, "a": 1}',
        b'{"b": {"a": 1, "a": 2}}',
        b'"\xff"',
        b'"\\ud800"',
        b'{"\\ud800": 1}',
        b"\xef\xbb\xbf{}",
        b"1" + b"0" * 25,
        b"1" + b"0" * 5000,
        b"36893488147419103232",
        b"{} {}",
        b"[" * 100_000,
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
    ],
)
def test_everything_else_is_refused(text: bytes) -> None:
    """Text that some parsers accept and others read differently is no JSON here; the error names its source."""
    with pytest.raises(CouldNotJudgeError, match="a report is not JSON") as caught:
        parse_json(text, where="here.json", what="a report")
    assert caught.value.where == "here.json"


def test_the_deepest_value_is_read() -> None:
    """A value with exactly the largest number of levels is read."""
    assert parse_json("[" * DEEPEST + "]" * DEEPEST, where="here")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_survive(value: float) -> None:
    """Every finite float is read back with its bits."""
    found = parse_json(json.dumps(value), where="here")
    assert isinstance(found, float)
    assert found.hex() == value.hex()


@given(st.binary(max_size=40))
def test_no_bytes_end_in_a_traceback(data: bytes) -> None:
    """Whatever the bytes are, there is a value or one of the project's errors."""
    try:
        parse_json(data, where="here")
    except ApplianceError as error:
        assert error.exit_code == 3  # noqa: PT017 - a value is a good outcome, too


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """The limit is the number of bytes that are read; one more is refused."""
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_bytes(path, limit=5) == b"12345"
    with pytest.raises(UsageError, match="too large"):
        read_bytes(path, limit=4)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices here")
@pytest.mark.parametrize("name", ["zero", "full", "tty", "null"])
def test_devices_are_refused(name: str) -> None:
    """A device without an end is no file: nothing is read from it, so no memory is filled."""
    with pytest.raises(UsageError, match="a golden cannot be read"):
        read_bytes(Path("/dev", name), limit=2**40, what="a golden")


def test_a_huge_limit_takes_no_memory(tmp_path: Path) -> None:
    """Memory follows the size of the file, not the limit."""
    (tmp_path / "small").write_bytes(b"1")
    tracemalloc.start()
    assert read_bytes(tmp_path / "small", limit=2**45) == b"1"
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc here")
def test_a_file_that_hides_its_size_is_read() -> None:
    """Files of the kernel say that they are empty; what is in them counts, and so does the limit."""
    assert b"Name" in read_bytes(Path("/proc/self/status"), limit=2**20)
    with pytest.raises(UsageError, match="too large"):
        read_bytes(Path("/proc/self/status"), limit=10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that was a file when it was looked at and is a pipe when it is opened is refused, too."""
    os.mkfifo(tmp_path / "pipe")
    plain = tmp_path / "plain"
    plain.touch()
    status = plain.stat()
    monkeypatch.setattr(Path, "stat", lambda _, **__: status)
    with pytest.raises(UsageError, match="a golden cannot be read"):
        read_bytes(tmp_path / "pipe", limit=5, what="a golden")


@pytest.mark.parametrize("name", ["none", "folder", "pipe", "zero\0byte"])
def test_only_regular_files_are_read(name: str, tmp_path: Path) -> None:
    """Nothing, a directory and a pipe are refused at once, with the name in the error."""
    (tmp_path / "folder").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="a golden cannot be read") as caught:
        read_bytes(tmp_path / name, limit=5, what="a golden")
    assert caught.value.where == tmp_path / name


def test_a_file_without_a_kind_is_a_usage_error(tmp_path: Path) -> None:
    """What a user gave beside the program is the user's to mend: exit code 2 for contents, too."""
    path = tmp_path / "legs.json"
    path.write_text('["a"]')
    assert read_json(path) == ["a"]
    path.write_text('["a", NaN]')
    with pytest.raises(UsageError, match="the list is not JSON") as caught:
        read_json(path, what="the list")
    assert caught.value.where == path


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b"0," * 1_100_000 + b"0]",
        b"[" + b"[]," * 1_100_000 + b"0]",
        b"{" + b",".join(b'"%d":0' % number for number in range(1_100_000)) + b"}",
    ],
)
def test_more_values_than_fit_are_refused_unread(text: bytes) -> None:
    """Small text can stand for values that fill the memory; none is made of text with too many."""
    tracemalloc.start()
    with pytest.raises(CouldNotJudgeError, match="is not JSON"):
        parse_json(text, where="here")
    assert tracemalloc.get_traced_memory()[1] < 3 * len(text)
    tracemalloc.stop()


def test_many_keys_with_one_twice_are_refused_soon() -> None:
    """The key that stands twice is found in one pass."""
    keys = ",".join(f'"{number}":0' for number in range(200_000))
    begun = time.perf_counter()
    with pytest.raises(CouldNotJudgeError, match="is not JSON") as caught:
        parse_json(f'{{{keys},"199999":1}}', where="here")
    assert "199999" in str(caught.value.found)
    assert time.perf_counter() - begun < 5


def test_numbers_that_are_too_long_are_refused() -> None:
    """No writer of numbers needs a thousand digits."""
    with pytest.raises(CouldNotJudgeError, match="is not JSON"):
        parse_json(b"1." + b"0" * 1001, where="here")
