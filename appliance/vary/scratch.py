"""The directory in which a search works: always the same for the same request, so that it can be resumed."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.vary.copies import SCRATCH, remove_directory
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGITS = 12
_KEPT = frozenset({"state.json", "kept", "lock"})


@contextmanager
def open_scratch(digest: str) -> Iterator[Path]:
    """Yield the directory for a search, which no other process uses meanwhile.

    After an interrupt it holds only what a search needs to resume. Whoever completes the search removes it.

    Args:
        digest: of the whole request.

    Raises:
        UsageError: the same search runs already, or the directory belongs to somebody else.
    """
    path = Path(tempfile.gettempdir()).resolve() / f"{SCRATCH}{digest.removeprefix('sha256:')[:_DIGITS]}"
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    if path.is_symlink() or not path.is_dir() or (hasattr(os, "getuid") and path.stat().st_uid != os.getuid()):
        raise UsageError("the directory for the search belongs to another user", where=path, remedy="set TMPDIR")
    with (path / "lock").open("w") as lock:
        _take(lock.fileno(), path)
        try:
            yield path
        finally:
            for entry in sorted(path.iterdir()) if path.is_dir() else []:
                if entry.name not in _KEPT:
                    remove_directory(entry)


def _take(handle: int, path: Path) -> None:
    try:
        import fcntl  # noqa: PLC0415 - not every system has it
    except ImportError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise UsageError("the same search runs already", where=path) from error
