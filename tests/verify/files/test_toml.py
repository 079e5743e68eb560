"""TOML that people write: whatever the bytes are, there is a table or a reason, and soon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import UsageError
from verify.files.toml import LIMIT, parse_toml, read_toml

if TYPE_CHECKING:
    from pathlib import Path


def test_a_table_is_read() -> None:
    """Sound TOML gives its table; a byte order mark and the line ends of Windows change nothing."""
    expected = {"a": 1, "b": {"c": [1.5, "x"]}}
    text = b'a = 1\r\nb = { c = [1.5, "x"] }\r\n'
    assert parse_toml(text) == expected
    assert parse_toml(b"\xef\xbb\xbf" + text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a = [", ""),
        (b"a = " + b"[" * 100_000, "characters"),
        (b"a = " + b"[\n" * 100_000, "levels"),
        (b"a = " + b"{b = " * 150, ""),
        (b"a = " + b"[\n" * 20 + b"]\n" * 20, "levels"),
        (b"a = " + b"9" * 5_000, "characters"),
        (b"a = " + b"9" * 900, "64 bits"),
        (b"a = 0x" + b"f" * 900, "64 bits"),
        (b"a = 9223372036854775809", "64 bits"),
        (b".".join([b"a"] * 50_000) + b" = 1", "characters"),
        (b".".join([b"a"] * 450) + b" = 1", "levels"),
        (b'a = "\\u0000"', "control character"),
        (b'a = "\\u001b[2J"', "control character"),
        (b'"a\\u0000" = 1', "control character"),
        (b'a = "\\ud800"', ""),
        (b"a = '\xff'", "utf-8"),
        (b"a = 1\na = 2", "overwrite"),
    ],
)
def test_everything_else_is_refused(text: bytes, says: str) -> None:
    """Deep, long, huge, doubled and broken TOML has a reason, in well under a second."""
    begun = time.perf_counter()
    with pytest.raises(ValueError, match=f"(?i){says}"):
        parse_toml(text)
    assert time.perf_counter() - begun < 2


def test_the_slowest_keys_are_parsed_in_time() -> None:
    """A file of nothing but the longest keys, at the limit of its size, is read or refused within seconds."""
    line = b".".join([b"a"] * 450)
    text = b"\n".join(line + b".k%d = 1" % number for number in range(LIMIT // len(line) - 1))
    begun = time.perf_counter()
    with pytest.raises(ValueError, match="levels"):
        parse_toml(text)
    assert time.perf_counter() - begun < 5


@given(st.binary(max_size=60))
def test_no_bytes_end_in_a_traceback(data: bytes) -> None:
    """Random bytes give a table or a ValueError."""
    try:
        parse_toml(data)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - a table is a good outcome, too


def test_errors_of_files_are_usage_errors(tmp_path: Path) -> None:
    """A large file and a broken one are refused, each with the path in its error."""
    path = tmp_path / "a.toml"
    path.write_bytes(b"#" * (LIMIT + 1))
    with pytest.raises(UsageError, match="a fleet is too large"):
        read_toml(path, what="a fleet")
    path.write_bytes(b"a = ")
    with pytest.raises(UsageError, match="a fleet is not TOML") as caught:
        read_toml(path, what="a fleet")
    assert caught.value.where == path
