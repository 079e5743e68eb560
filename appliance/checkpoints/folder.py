"""The folder of the checkpoints of one run: its names, what is written to it, what is removed from it.

Beside the run directory RUN stands `RUN.checkpoints/` while a training is not done. It holds the last two files
`checkpoint-NUMBER.safetensors`, the file of the lock, and for a run with a trace the events so far in `trace-NUMBER/`.
Nothing in it names the machine or the place, so that it can be moved.
"""

from __future__ import annotations

import contextlib
import re
import stat
from typing import TYPE_CHECKING

import attrs

from appliance.checkpoints.lock import LOCK
from verify.files.writing import replace_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

SUFFIX = ".checkpoints"
KEPT = 2
"""How many checkpoints are kept."""
_NUMBER = "([0-9]{8}|[1-9][0-9]{8,14})"
_NAME = re.compile(rf"checkpoint-{_NUMBER}\.safetensors")
_DRAFT = re.compile(rf"\.checkpoint-{_NUMBER}\.safetensors\.draft")
_TRACE = re.compile(rf"trace-{_NUMBER}")
_TRACE_FILE = re.compile(r"header\.json|events\.jsonl|\.header\.json\.[0-9]+\.draft|tensors|\.?[0-9]+\.npz")


def name_folder(place: Path) -> Path:
    """Return the folder of the checkpoints of a run directory."""
    return place.with_name(place.name + SUFFIX)


@attrs.frozen
class Folder:
    """The checkpoints of one run.

    Attributes:
        path: the folder; only the holder of its lock changes anything in it.
    """

    path: Path

    def list_numbers(self) -> list[int]:
        """Return the numbers of all checkpoints, the newest first."""
        try:
            names = sorted(path.name for path in self.path.iterdir())
        except FileNotFoundError:
            return []
        return sorted((int(match[1]) for match in map(_NAME.fullmatch, names) if match), reverse=True)

    def find_file(self, number: int) -> Path:
        """Return the file of a checkpoint."""
        return self.path / f"checkpoint-{number:08d}.safetensors"

    def name_trace(self, number: int) -> str:
        """Return the name of the folder of the trace that a process begins whose first checkpoint has this number."""
        return f"trace-{number:08d}"

    def renew_trace(self, name: str) -> Path:
        """Return a new empty folder of a trace; what a process left there that had no checkpoint yet is removed."""
        path = self.path / name
        if path.exists():
            _remove(path)
        path.mkdir()
        return path

    def write(self, number: int, parts: Iterable[bytes | memoryview]) -> None:
        """Write a checkpoint whole: after a kill at any moment it is there as a whole, or not at all.

        Raises:
            OSError: it cannot be written; nothing of it is left.
        """
        path = self.find_file(number)
        replace_whole(path, path.with_name(f".{path.name}.draft"), *parts)

    def keep_only(self, numbers: Collection[int], traces: Collection[str]) -> None:
        """Remove all checkpoints but these, all traces but these, and drafts; what is not ours stays."""
        for path in self._list_own():
            number, trace = _NAME.fullmatch(path.name), _TRACE.fullmatch(path.name)
            if not (path.name == LOCK or (number and int(number[1]) in numbers) or (trace and path.name in traces)):
                _remove(path)

    def remove(self) -> None:
        """Remove everything of ours, and the folder, if nothing else is in it."""
        for path in self._list_own():
            _remove(path)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def remove_unused(self) -> None:
        """Remove everything of ours if there is no checkpoint."""
        with contextlib.suppress(OSError):  # a folder that cannot be read is left as it is
            if not self.list_numbers():
                self.remove()

    def _list_own(self) -> list[Path]:
        """Return what is ours, the lock last, so that nobody else begins before all is removed."""
        try:
            entries = sorted(self.path.iterdir())
        except OSError:
            return []
        own = [path for path in entries if any(kind.fullmatch(path.name) for kind in (_NAME, _DRAFT, _TRACE))]
        return own + [path for path in entries if path.name == LOCK]


def _remove(path: Path) -> None:
    """Remove a file, or a folder of a trace; a folder with other files stays with them."""
    with contextlib.suppress(OSError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
        elif _TRACE.fullmatch(path.name) or path.name == "tensors":
            for inner in sorted(path.iterdir()):
                if _TRACE_FILE.fullmatch(inner.name):
                    _remove(inner)
            path.rmdir()
