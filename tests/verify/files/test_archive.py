"""Archives have one form: what other tools read, and nothing that a stranger can put into a zip file beside it."""

from __future__ import annotations

import io
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from verify.errors import CouldNotJudgeError, UsageError
from verify.files import archive
from verify.files.archive import format_archive, parse_archive

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {"a.txt": b"one", "runs/1-x/b.bin": bytes(range(256)), "runs/1-x/empty": b""}
EARLIEST = (1980, 1, 1, 0, 0, 0)


def write_zip(fill: Callable[[zipfile.ZipFile], None], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip file as the standard library writes it."""
    binary = io.BytesIO()
    with zipfile.ZipFile(binary, "w", method) as file:
        fill(file)
    return binary.getvalue()


def add_all(file: zipfile.ZipFile, **contents: bytes) -> None:
    """Add files in the order in which they are named."""
    for name, content in contents.items():
        add(file, name, content)


def add(file: zipfile.ZipFile, name: str, content: bytes = b"x", mode: int = 0o100644) -> None:
    """Add an entry with the time and the mode of ours."""
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.create_system, entry.external_attr, entry.compress_type = 3, mode << 16, file.compression
    file.writestr(entry, content)


def test_other_tools_read_what_is_written() -> None:
    """The standard library finds the same files, and writes the same bytes from them."""
    data = format_archive(FILES)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        assert {name: file.read(name) for name in file.namelist()} == FILES
    assert write_zip(lambda file: add_all(file, **dict(sorted(FILES.items())))) == data
    assert parse_archive(data, "a test") == FILES


HOSTILE: dict[str, Callable[[zipfile.ZipFile], None]] = {
    "a path that leads out": lambda file: add(file, "../a.txt"),
    "a path inside that leads out": lambda file: add(file, "runs/../../a.txt"),
    "an absolute path": lambda file: add(file, "/etc/a"),
    "a path of Windows": lambda file: add(file, "c:\\a.txt"),
    "a hidden file": lambda file: add(file, "runs/.hidden"),
    "a folder": lambda file: add(file, "runs/", b""),
    "a link": lambda file: add(file, "link", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "a program": lambda file: add(file, "run.sh", b"x", 0o100755),
    "an older entry after a newer": lambda file: add_all(file, b=b"x", a=b"x"),
    "names alike but for case": lambda file: add_all(file, A=b"x", a=b"x"),
    "a file that is a folder": lambda file: add_all(file, **{"a": b"x", "a/b": b"x"}),
    "nothing": add_all,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_other_forms_are_refused(name: str) -> None:
    """Whatever the program does not write itself could not be judged."""
    with pytest.raises(CouldNotJudgeError):
        parse_archive(write_zip(HOSTILE[name]), "a test")


def test_comment_is_refused() -> None:
    """A comment of the archive is a place for other bytes."""
    with pytest.raises(CouldNotJudgeError):
        parse_archive(write_zip(add_comment), "a test")


def add_twice(file: zipfile.ZipFile) -> None:
    """Add two entries of one name."""
    add(file, "a")
    add(file, "a", b"y")


def add_comment(file: zipfile.ZipFile) -> None:
    """Add a file, and a comment to the archive."""
    add(file, "a")
    file.comment = b"hidden"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_second_entry_of_a_name_is_refused() -> None:
    """Two entries of one name could be read as one file by one tool, and as the other by the next."""
    with pytest.raises(CouldNotJudgeError) as failure:
        parse_archive(write_zip(add_twice), "a test")
    assert failure.value.found == "two entries of one name: a"


def test_compressed_entry_is_refused_before_it_is_opened() -> None:
    """A small file that would become a large one is refused by its head alone."""
    bomb = write_zip(lambda file: add(file, "zeros", bytes(2**22)), zipfile.ZIP_DEFLATED)
    assert len(bomb) < 2**14
    with pytest.raises(CouldNotJudgeError) as failure:
        parse_archive(bomb, "a test")
    assert "compressed" in str(failure.value.found)


def test_every_damaged_byte_is_noticed() -> None:
    """Each byte changed in turn, each shorter file, and a byte more are refused."""
    data = format_archive({"a/b": b"xyz", "c": b""})
    damaged = [data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] for place in range(len(data))]
    damaged += [data[:length] for length in range(len(data))] + [data + b"\0", b"\0" + data]
    for wrong in damaged:
        with pytest.raises(CouldNotJudgeError):
            parse_archive(wrong, "a test")


def test_limits_hold_when_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read is not written: strange paths, too many files, too many bytes."""
    with pytest.raises(UsageError):
        format_archive({"../a": b""})
    monkeypatch.setattr(archive, "MOST", 2)
    with pytest.raises(UsageError, match="archive"):
        format_archive(FILES)
    monkeypatch.setattr(archive, "MOST", 9)
    monkeypatch.setattr(archive, "LIMIT", 300)
    with pytest.raises(UsageError, match="archive"):
        format_archive(FILES)
