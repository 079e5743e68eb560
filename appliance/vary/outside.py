"""Which places outside of its copy a program may have changed."""

from __future__ import annotations

import itertools
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.vary.copies import walk_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DEEP = 3  # levels below a watched place that are read
_MANY = 20_000  # entries of a watched place that are read

_Seen = dict[str, tuple[int, int]]


@attrs.frozen(kw_only=True)
class Neighbourhood:
    """The places where a program may write outside of its copy, as they were before it ran.

    Args:
        places: the directories that are read, with how many levels below them.
        before: size and time of change of what was in them.
    """

    places: tuple[tuple[Path, int], ...]
    before: _Seen

    @classmethod
    def look(cls, source: Path | None, room: Path, home: str | None) -> Neighbourhood:
        """Read the places before the program runs.

        Args:
            source: the working directory that was copied, if there is one.
            room: the directory that holds the copy, and the fresh directory for temporary files.
            home: the user's home, as the program sees it.
        """
        places = [(room, 0), (room / "tmp", _DEEP), (Path(tempfile.gettempdir()), 0)]
        if source is not None:
            places.append((source, _DEEP))
        if home and Path(home).is_absolute():
            places.append((Path(home), _DEEP))
        return cls(places=tuple(places), before=_read(places))

    def list_changes(self) -> tuple[str, ...]:
        """Return the paths that are new or changed since then; another program may have changed them."""
        after = _read(self.places)
        return tuple(sorted(path for path, state in after.items() if self.before.get(path) != state))


def _read(places: Iterable[tuple[Path, int]]) -> _Seen:
    return {path: state for place, deep in places for path, state in _walk(place, deep)}


def _walk(place: Path, deep: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the files below a place, up to a depth and a number."""
    for path in itertools.islice(walk_files(place, deep), _MANY):
        with suppress(OSError):
            state = path.lstat()
            yield str(path), (state.st_size, state.st_ctime_ns)
