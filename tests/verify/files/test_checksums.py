"""Checksums: the text of sha256sum, and no other."""

from __future__ import annotations

import pytest

from support.edits import swap
from verify.digests import digest_bytes
from verify.errors import CouldNotJudgeError
from verify.files.checksums import format_checksums, parse_checksums, sum_files

SUMS = sum_files({"b.txt": b"2", "a.json": b"1"})
TEXT = format_checksums(SUMS)
A, B = TEXT.splitlines(keepends=True)


def test_sums_survive_their_file() -> None:
    """Lines are sorted, with the hexadecimal digits first; they read back the same."""
    assert parse_checksums(TEXT.encode(), "here") == SUMS
    assert digest_bytes(b"1").removeprefix("sha256:") + "  a.json\n" == A


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        B + A,
        A + A,
        A + B.rstrip("\n"),
        A + "\n" + B,
        swap(A, "\n", "\r\n"),
        A.upper(),
        swap(A, "  ", " "),
        swap(A, "  ", " *"),
        A[1:],
        swap(A, "a.json", "../a.json"),
        swap(A, "a.json", "x/a.json"),
        swap(A, "a.json", ".a"),
        swap(A, "a.json", "a\0b"),
        swap(A, "a.json", "é"),
        "sha256:" + A,
    ],
)
def test_every_other_text_is_refused(text: str) -> None:
    """Another order, a doubled name, a path, a cut line: nothing is guessed."""
    with pytest.raises(CouldNotJudgeError, match="checksums are not valid") as caught:
        parse_checksums(text.encode(), "here")
    assert caught.value.where == "here"
