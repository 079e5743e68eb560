"""Archives of files with one form only: the same files have the same bytes, and whatever has other bytes is refused.

An archive is a zip file that every tool reads: entries are stored, sorted by name, and all have the same time and the
same permissions. Nothing is compressed, so that a small file cannot become a large one, and nothing else fits
into the form: no link, no second entry of a name, no comment, no byte between the entries.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.reading import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LIMIT = 1024 * MEBIBYTE
"""Bytes of an archive."""
MOST = 10_000
"""Entries of an archive."""
_PART = "[A-Za-z0-9_][A-Za-z0-9._-]{0,119}"
NAME = f"(?:{_PART}/){{0,10}}{_PART}"
"""A path in an archive: relative, with / and without a part that begins with a dot."""
_LONGEST = 400  # characters of a path
_HEAD = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL, _CENTRAL, _LAST = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_MADE_BY, _NEEDED = 3 << 8 | 20, 20  # Unix, zip 2.0
_DATE = 33  # 1980-01-01, the earliest that there is
_MODE = 0o100644 << 16  # a regular file that everybody may read


def format_archive(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of files by path.

    Raises:
        UsageError: there are too many, they are too large, or a path is not allowed.
    """
    problem = _find_problem(files) or _find_excess(files)
    if problem:
        raise UsageError("these files cannot be in one archive", expected=NAME, found=problem)
    entries, directory, offset = [], [], 0
    for name in sorted(files):
        content, path = files[name], name.encode("ascii")
        fields = (_NEEDED, 0, 0, 0, _DATE, zlib.crc32(content), len(content), len(content), len(path), 0)
        entries += [_HEAD.pack(_LOCAL, *fields), path, content]
        directory += [_ENTRY.pack(_CENTRAL, _MADE_BY, *fields, 0, 0, 0, _MODE, offset), path]
        offset += _HEAD.size + len(path) + len(content)
    listed = b"".join(directory)
    end = _END.pack(_LAST, 0, 0, len(files), len(files), len(listed), offset, 0)
    return b"".join([*entries, listed, end])


def parse_archive(data: bytes, where: object) -> dict[str, bytes]:
    """Return the files of an archive by path.

    Raises:
        CouldNotJudgeError: it is not exactly what `format_archive` writes; `where` names its source.
    """
    files: dict[str, bytes] = {}
    offset = 0
    while data[offset : offset + len(_LOCAL)] == _LOCAL:
        name, begin, end = _read_head(data, offset, where)
        if name in files or len(files) == MOST:
            raise _refuse(f"two entries of one name: {name}" if name in files else f"more than {MOST} entries", where)
        files[name], offset = data[begin:end], end
    problem = _find_problem(files)
    if problem:
        raise _refuse(problem, where)
    if not files or format_archive(files) != data:
        raise _refuse("other bytes than its entries give", where)
    return files


def _read_head(data: bytes, offset: int, where: object) -> tuple[str, int, int]:
    """Return the name of the entry that begins here, and where its content begins and ends."""
    head = data[offset : offset + _HEAD.size]
    if len(head) < _HEAD.size:
        raise _refuse("an end in the middle of an entry", where)
    _, _, flags, method, *_, packed, size, length, extra = _HEAD.unpack(head)
    begin = offset + _HEAD.size + length + extra
    name = data[offset + _HEAD.size : offset + _HEAD.size + length].decode("ascii", errors="replace")
    if method or flags or packed != size:
        raise _refuse(f"an entry that is compressed, encrypted or of another form: {name[:100]!r}", where)
    if begin + size > len(data):
        raise _refuse("an end in the middle of an entry", where)
    return name, begin, begin + size


def _refuse(found: str, where: object) -> CouldNotJudgeError:
    return CouldNotJudgeError(
        "an archive is damaged, or not as this program writes it",
        expected="stored entries, sorted by name, each name once, and nothing else",
        found=found,
        where=where,
        remedy="ask for the file again, as it was exported",
    )


def _find_excess(files: Mapping[str, bytes]) -> str | None:
    if len(files) > MOST:
        return f"more than {MOST} entries"
    names, contents = sum(len(name) for name in files), sum(len(content) for content in files.values())
    size = contents + 2 * names + len(files) * (_HEAD.size + _ENTRY.size)
    return f"more than {LIMIT} bytes" if size + _END.size > LIMIT else None


def _find_problem(names: Collection[str]) -> str | None:
    """Return what is not allowed: a path of a strange form, two alike but for case, a file that is also a folder."""
    folded: set[str] = set()
    folders: set[str] = set()
    for name in names:
        if not re.fullmatch(NAME, name, flags=re.ASCII) or len(name) > _LONGEST:
            return f"the path {name[:100]!r}"
        if name.lower() in folded:
            return f"two entries of one name: {name}"
        folded.add(name.lower())
        parts = name.lower().split("/")
        folders.update("/".join(parts[:length]) for length in range(1, len(parts)))
    both = sorted(folded & folders)
    return f"a file that is also a folder: {both[0]}" if both else None
