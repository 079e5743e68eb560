"""Puts the files of a run into their directory: whole, in one step, and without a moment in which a run can be lost.

The files are written to a draft beside the directory. If the directory is new or empty, the draft takes its name. If
it holds an earlier run, both change places, and the earlier run is removed afterwards. Where the system cannot let two
directories change places, the earlier run is moved beside first; an error or an interrupt moves it back, and after a
kill the next writer does. Names of drafts and of moved runs are `.NAME-xxxxxxxx.draft` and `.NAME-xxxxxxxx.earlier`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.runs.exchange import exchange
from appliance.runs.lock import lock_directory
from appliance.runs.proof import prove_run
from verify.errors import ApplianceError
from verify.files.run import FILES, TRACE_FILES, TRACE_NAME
from verify.files.writing import sync_directory, write_synced

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    Check = Callable[[Path], None]

DRAFT, EARLIER, TRACE = ".draft", ".earlier", ".trace"
_MODE = 0o755


def place_files(files: Mapping[str, bytes], place: Path, check: Check, trace: Path | None = None) -> None:
    """Write the files of a run to a directory, in the place of what may be replaced.

    Args:
        files: contents by name.
        place: the directory, without links in its path; its parent is made if it does not exist.
        check: raises for a directory that must not be replaced.
        trace: a directory with the finished trace of the run, which stays; None for none.

    Raises:
        OSError: a file cannot be written; what was there before is there still.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with lock_directory(place.parent) as alone:
        if alone:
            sweep(place)
        check(place)
        with _make_draft(place) as draft:
            for name, content in files.items():
                write_synced(draft / name, content)
            if trace is not None:
                _take_trace(trace, draft)
            sync_directory(draft)
            _install(draft, place, check)
            sync_directory(place.parent)


def _take_trace(trace: Path, draft: Path) -> None:
    """Put a finished trace into the draft of its run, and make sure that it is on the disk."""
    taken = draft / TRACE_NAME
    _link_files(trace, taken)
    taken.chmod(_MODE)
    for name in TRACE_FILES:
        with (taken / name).open("rb") as stream:
            os.fsync(stream.fileno())
    sync_directory(taken)


def _link_files(source: Path, folder: Path) -> None:
    """Give the files of a folder a second name in a new folder, or copy them where that cannot be done.

    The first ones stay, so that a kill before the run is in its place loses nothing.
    """
    folder.mkdir()
    for path in sorted(source.iterdir()):
        if path.is_dir():
            _link_files(path, folder / path.name)
            continue
        try:
            os.link(path, folder / path.name)
        except OSError:
            shutil.copyfile(path, folder / path.name)


@contextlib.contextmanager
def _make_draft(place: Path) -> Iterator[Path]:
    """Yield a new empty directory beside the place; whatever of it is left in the end is removed."""
    draft = Path(tempfile.mkdtemp(prefix=_begin_name(place), suffix=DRAFT, dir=place.parent))
    try:
        draft.chmod(_MODE)
        yield draft
    finally:
        remove_run(draft)


def _install(draft: Path, place: Path, check: Check) -> None:
    try:
        draft.rename(place)  # works where nothing is there, or an empty directory
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    else:
        return
    if exchange(draft, place):
        try:
            check(draft)  # somebody may have put a file of their own there since the check before
        except BaseException:
            exchange(draft, place)
            raise
        return
    _install_by_turns(draft, place, check)


def _install_by_turns(draft: Path, place: Path, check: Check) -> None:
    """Move the earlier run beside, then the draft to its place; if that fails, move the earlier run back."""
    earlier = draft.with_suffix(EARLIER)
    try:
        place.rename(earlier)
        check(earlier)
        draft.rename(place)
    except BaseException:
        if not place.exists():
            earlier.rename(place)
        raise
    finally:
        if place.exists():
            remove_run(earlier)


def sweep(place: Path) -> None:
    """Remove what writers of this place that were killed have left; a run that they had moved beside is moved back.

    Only the holder of the lock may call this: then no living writer has a draft here. Traces lie beside the place only
    where a killed process of an earlier version left them.
    """
    pattern = re.compile(re.escape(_begin_name(place)) + r"[a-z0-9_]{8}(\.draft|\.earlier|\.trace)")
    for path in sorted(place.parent.iterdir()):
        match = pattern.fullmatch(path.name)
        if match and match[1] == EARLIER and not place.exists() and _is_whole(path):
            path.rename(place)
        elif match and match[1] == TRACE:
            _remove_trace(path)
        elif match:
            remove_run(path)


def _is_whole(path: Path) -> bool:
    try:
        prove_run(path)
    except ApplianceError:
        return False
    return True


def try_place(place: Path) -> None:
    """Make and remove a draft, to see whether one can be made.

    Raises:
        OSError: it cannot.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with lock_directory(place.parent), _make_draft(place):
        pass


def remove_run(path: Path) -> None:
    """Remove a directory that holds regular files with the names of a run's files and nothing else; leave any other."""
    with contextlib.suppress(OSError):
        entries = sorted(path.iterdir())
        trace = [entry for entry in entries if entry.name == TRACE_NAME and stat.S_ISDIR(entry.lstat().st_mode)]
        files = [entry for entry in entries if entry not in trace]
        if _are_files(files, FILES) and all(_are_files(folder.iterdir(), TRACE_FILES) for folder in trace):
            for folder in trace:
                _remove_files(folder, TRACE_FILES)
            _remove_files(path, FILES)


def _remove_trace(path: Path) -> None:
    """Remove the directory of a trace, if nothing else is in it; a link to one stays."""
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            _remove_files(path, TRACE_FILES)


def _are_files(entries: Iterable[Path], names: Collection[str]) -> bool:
    return all(entry.name in names and stat.S_ISREG(entry.lstat().st_mode) for entry in entries)


def _remove_files(path: Path, names: Collection[str]) -> None:
    """Remove a directory, if nothing is in it but regular files with these names."""
    entries = sorted(path.iterdir())
    if _are_files(entries, names):
        for entry in entries:
            entry.unlink()
        path.rmdir()


def _begin_name(place: Path) -> str:
    return f".{place.name}-"
