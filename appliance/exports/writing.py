"""Files of an export, written as an archive or as a directory, whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import UsageError, advise_access
from verify.files.archive import format_archive
from verify.files.writing import sync_directory, write_synced, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHAT = "the export"
_FOLDER_MODE = 0o755


def require_new(out: Path, suffix: str) -> None:
    """Make sure that files can be written to an archive with this suffix, or to a directory that is new or empty.

    Raises:
        UsageError: the directory holds something, or there is no directory to put it in.
    """
    if not out.parent.is_dir():
        raise UsageError(f"{_WHAT} cannot be written", expected="a directory", found="no such directory", where=out)
    if out.suffix == suffix:
        return
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.exists() or out.is_symlink():
        raise UsageError(
            f"{_WHAT} has a name that is taken",
            expected=f"a file that ends in {suffix}, or a directory that is new or empty",
            found="something else",
            where=out,
            remedy="name another one with -o",
        )


def write_files(files: Mapping[str, bytes], out: Path, suffix: str) -> dict[Path, bytes]:
    """Write an export to an archive, if the name has this suffix, or else to a new directory.

    Returns:
        What was written: the archive, or every file.

    Raises:
        UsageError: it cannot be written; nothing has changed then.
    """
    require_new(out, suffix)
    if out.suffix == suffix:
        archive = format_archive(files)
        write_whole(out, archive, what=_WHAT)
        return {out: archive}
    try:
        _write_directory(files, out.resolve())
    except OSError as error:
        found = error.strerror or error
        raise UsageError(
            f"{_WHAT} cannot be written",
            expected="a directory that is new or empty",
            found=found,
            where=out,
            remedy=advise_access(error),
        ) from error
    return {out / name: content for name, content in files.items()}


def _write_directory(files: Mapping[str, bytes], out: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix=".draft", dir=out.parent))
    try:
        draft.chmod(_FOLDER_MODE)
        for name in sorted(files):
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            write_synced(draft / name, files[name])
        draft.rename(out)
        sync_directory(out.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
