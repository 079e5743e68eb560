"""Files of an export: a zip archive with the same bytes each time, or a directory, whole or not at all."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import UsageError, advise_access
from verify.files.writing import sync_directory, write_synced, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHAT = "the export"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_MODE = 0o100644 << 16  # a regular file that everybody may read
_FOLDER_MODE = 0o755


def format_archive(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files by path: stored, in the order of their names, all with the same time and rights.

    Nothing is compressed, because libraries for that give different bytes.
    """
    binary = io.BytesIO()
    with zipfile.ZipFile(binary, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, files[name])
    return binary.getvalue()


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
