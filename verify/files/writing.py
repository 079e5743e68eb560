"""The only writer of files: each file is written whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from verify.digests import JsonValue


_WAITS, _WAIT_SECONDS = 20, 0.05  # for a reader of a pipe


def format_json(value: JsonValue) -> str:
    """Return a JSON value as readable text: sorted keys, two spaces of indent, ASCII, a final newline."""
    text = json.dumps(value, sort_keys=True, indent=2, ensure_ascii=True, allow_nan=False)
    return text.replace("##[", "##\\u005b") + "\n"  # the log of a CI run may execute ##[, which stands in texts only


def make_printable(text: str) -> str:
    """Return a text from the system, such as a path, with a question mark for every byte that is not UTF-8."""
    return text.encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")


def write_whole(path: Path, content: str | bytes, *, what: str = "the file") -> None:
    """Write a file whole or not at all: under another name first, then moved in one step.

    After a crash the old file or the new one is there. A link is followed; the file that it names is replaced. A
    device or a pipe, such as /dev/stdout, is written to directly.

    Args:
        path: where to write; its directory must exist.
        content: the whole content; text is written as UTF-8 with its newlines as they are.
        what: the kind of the file, with its article, for the title of an error.

    Raises:
        UsageError: the file cannot be written; nothing has changed then.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        target = path.resolve()
        # From CPython 3.13 on, links in a circle are no error of `resolve`, so they are left for `stat` to refuse.
        mode = target.stat().st_mode if target.exists() or target.is_symlink() else None
        if mode is not None and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            with _open_special(target) as stream:
                stream.write(data)
            return
        draft = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}.draft")
        replace_whole(target, draft, data, keeps_mode=mode is not None)
    except (OSError, ValueError, RuntimeError) as error:  # a path with a zero byte; links in a circle
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{what} cannot be written", expected="a writable directory", found=reason, where=path
        ) from error


def require_directory(path: Path, *, what: str = "the file") -> None:
    """Make sure, before long work, that there is a directory for a file that is written afterwards.

    Raises:
        UsageError: there is none.
    """
    if not path.parent.is_dir():
        raise UsageError(
            f"{what} cannot be written", expected="a writable directory", found="no such directory", where=path
        )


def write_new(path: Path, content: str, *, what: str = "the file") -> None:
    """Write a file that must not exist yet, also not at this moment in another process.

    Raises:
        UsageError: there is something of this name, or the file cannot be written; nothing is left then.
    """
    try:
        stream = path.open("xb")
    except FileExistsError:
        raise UsageError(
            f"{what} exists already", expected="a new name", found=path, remedy="name another file, or remove this one"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{what} cannot be written", expected="a writable directory", found=reason, where=path
        ) from error
    try:
        with stream:
            stream.write(content.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise UsageError(f"{what} cannot be written", found=error.strerror, where=path) from error
        raise


def _open_special(path: Path) -> IO[bytes]:
    """Open a device or a pipe for writing; a pipe that nobody opens for reading in a second is an error."""
    for _ in range(_WAITS):
        try:
            return open(path, "wb", opener=_open_at_once)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(_WAIT_SECONDS)
    raise OSError(errno.ENXIO, "nobody reads this pipe")


def _open_at_once(name: str, flags: int) -> int:
    handle = os.open(name, (flags & ~(os.O_CREAT | os.O_TRUNC)) | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(handle, True)
    return handle


def replace_whole(target: Path, draft: Path, *parts: bytes | memoryview, keeps_mode: bool = False) -> None:
    """Write a file as a draft, then move it in one step; after a kill at any moment it is there whole, or not at all.

    Args:
        target: the file.
        draft: another name in its directory; after an error nothing has it.
        parts: the content.
        keeps_mode: give it the permissions of the file that it replaces.

    Raises:
        OSError: it cannot be written; nothing has changed then.
    """
    try:
        write_synced(draft, *parts)
        if keeps_mode:
            shutil.copymode(target, draft)
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    sync_directory(target.parent)


def write_synced(path: Path, *parts: bytes | memoryview) -> None:
    """Write a file and wait until the disk has it; for files in a directory that is moved into place afterwards."""
    with path.open("wb") as stream:
        for part in parts:
            stream.write(part)
        stream.flush()
        os.fsync(stream.fileno())


def sync_directory(path: Path) -> None:
    """Wait until the disk has the names in a directory, where the system and the file system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def append_text(path: Path, text: str, *, what: str = "the file") -> None:
    """Add text to the end of a file, which is made if it does not exist, with its directory.

    Args:
        path: the file, such as the summary page of a CI run.
        text: what to add, as UTF-8.
        what: the kind of the file, with its article, for the title of an error.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        special = path.exists() and not path.is_file()
        with _open_special(path) if special else path.open("ab") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            if not special:
                os.fsync(stream.fileno())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{what} cannot be written", expected="a writable directory", found=reason, where=path
        ) from error
