"""The file checksums.sha256: one line a file, as sha256sum writes it and reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from verify.digests import digest_bytes
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKSUMS = "checksums.sha256"
LIMIT = 2**20
_LINE = re.compile(r"([0-9a-f]{64})  ((?:trace/)?[A-Za-z0-9][A-Za-z0-9._-]*)", flags=re.ASCII)


def sum_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digest `sha256:<hex>` of every file by name."""
    return {name: digest_bytes(content) for name, content in files.items()}


def format_checksums(sums: Mapping[str, str]) -> str:
    """Return the text of the file for digests by file name, sorted by name."""
    return "".join(f"{sums[name].removeprefix('sha256:')}  {name}\n" for name in sorted(sums))


def parse_checksums(data: bytes, where: object) -> dict[str, str]:
    """Return the digest of every file by name.

    Raises:
        CouldNotJudgeError: the text is not one that `format_checksums` writes; `where` names its source.
    """
    lines = data.decode("ascii", errors="replace").split("\n")
    matches = [_LINE.fullmatch(line) for line in lines[:-1]]
    sums = {match[2]: f"sha256:{match[1]}" for match in matches if match}
    if not sums or format_checksums(sums).encode() != data:
        wrong = next((line for line, match in zip(lines, matches, strict=False) if not match), "no other line")
        raise CouldNotJudgeError(
            "checksums are not valid",
            expected="sorted lines of 64 hexadecimal digits, two spaces and a file name, each name once",
            found=repr(wrong[:100]),
            where=where,
        )
    return sums
