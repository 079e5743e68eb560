"""Fresh copies of a working directory, and which files a program wrote in one."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST = 2**31  # bytes of a working directory that is copied for every world
_ENVIRONMENT = "pyvenv.cfg"
_SKIPPED = frozenset({"__pycache__"})
SCRATCH = "repro-appliance-vary-"
"""How the names of directories begin in which searches work."""

Snapshot = dict[str, tuple[int, int, int, int]]


def copy_directory(source: Path, target: Path) -> None:
    """Copy a working directory, with times and links as they are, entries in sorted order.

    A virtual environment is linked, because it works only at its place. Sockets, pipes and devices are left out.
    """
    target.mkdir(parents=True)
    for entry in _list_sorted(source):
        if entry.name.startswith(SCRATCH):
            continue
        place = target / entry.name
        if entry.is_symlink():
            place.symlink_to(Path(entry.path).readlink())
        elif entry.is_dir():
            if (Path(entry.path) / _ENVIRONMENT).is_file():
                place.symlink_to(entry.path, target_is_directory=True)
            else:
                copy_directory(Path(entry.path), place)
        elif entry.is_file():
            shutil.copy2(entry.path, place)
            place.chmod(place.stat().st_mode | stat.S_IWUSR)
    shutil.copystat(source, target)
    target.chmod(target.stat().st_mode | stat.S_IRWXU)


def check_size(source: Path) -> None:
    """Make sure that a working directory can be copied for every world.

    Raises:
        UsageError: it is too large.
    """
    total = 0
    for path in walk_files(source):
        with suppress(OSError):
            total += path.lstat().st_size
        if total > LARGEST:
            raise UsageError(
                "the working directory is too large to be copied for every world",
                expected=f"at most {LARGEST >> 20} MiB of files",
                found="more",
                where=source,
                remedy="start in a directory that holds only what the program needs",
            )


def remove_directory(path: Path) -> None:
    """Remove a directory, also one in which the program took away permissions."""
    if not path.exists():
        return
    for folder, names, _ in sorted(os.walk(path)):
        for name in ("", *names):
            place = Path(folder, name)
            if not place.is_symlink():
                with suppress(OSError):
                    place.chmod(0o700)
    shutil.rmtree(path, ignore_errors=True)


def take_snapshot(directory: Path) -> Snapshot:
    """Return size, times and identity of every regular file below a directory."""
    found: Snapshot = {}
    for path in walk_files(directory):
        with suppress(OSError):
            state = path.lstat()
            if stat.S_ISREG(state.st_mode):
                name = path.relative_to(directory).as_posix()
                found[name] = (state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino)
    return found


def list_written(directory: Path, before: Snapshot) -> tuple[str, ...]:
    """Return the files that are new or changed since a snapshot; compiled Python is left out."""
    after = take_snapshot(directory)
    return tuple(sorted(name for name, state in after.items() if before.get(name) != state and not _is_skipped(name)))


def select_matching(names: Iterable[str], globs: Iterable[str]) -> tuple[str, ...]:
    """Return the names that match one of the patterns; a pattern that names a directory matches all below it."""
    patterns = [glob.removeprefix("./").rstrip("/") for glob in globs]
    return tuple(name for name in names if any(_matches(name, pattern) for pattern in patterns))


def _matches(name: str, pattern: str) -> bool:
    path = Path(name)
    return any(candidate.match(pattern) for candidate in (path, *path.parents) if str(candidate) != ".")


def _is_skipped(name: str) -> bool:
    return any(part in _SKIPPED for part in name.split("/"))


def _list_sorted(directory: Path) -> list[os.DirEntry[str]]:
    return sorted(os.scandir(directory), key=lambda entry: entry.name)


def walk_files(directory: Path, deepest: int | None = None) -> Iterator[Path]:
    """Yield the files below a directory, sorted; not those of searches and of virtual environments.

    Args:
        directory: where to begin.
        deepest: how many levels below it are read; None for all.
    """
    try:
        entries = _list_sorted(directory)
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        if not entry.is_dir(follow_symlinks=False):
            yield path
        elif deepest != 0 and not entry.name.startswith(SCRATCH) and not (path / _ENVIRONMENT).is_file():
            yield from walk_files(path, None if deepest is None else deepest - 1)
