"""Answers for other readers: paths of this machine have names in them that every reader knows."""

from __future__ import annotations

import contextlib
import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.data.locate import find_data_dir
from verify.errors import ApplianceError
from verify.files.goldens import DIRECTORY
from verify.files.writing import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A path is whole where no letter of a name stands beside it; RUN-again is where the commands of a checklist write.
# A command has quotes around a path with a space; its name needs none.
_BEFORE, _REST, _AFTER = r"(?<![\w./~-])", r"((?:-again\b)?(?:/[\w.-]*)*)", r"(?![\w/-]|\.\w)"


def name_places(
    run: Path, name: str, *, data_dir: Path | None = None, golden_dir: Path | None = None
) -> dict[Path, str]:
    """Return the whole paths that an answer about a run may hold, each with its name for other readers.

    Args:
        run: the run directory.
        name: its name.
        data_dir: where data sets are; None for the usual places.
        golden_dir: where goldens are; None for the ones that ship.
    """
    places = {run.parent.resolve(): ".."}
    with contextlib.suppress(OSError, RuntimeError):  # the directory was removed, or there is no home directory
        places |= {Path.cwd(): ".", Path.home(): "~"}
    with contextlib.suppress(ApplianceError):
        places[find_data_dir(data_dir).resolve()] = "data"
    return places | {(golden_dir or DIRECTORY).resolve(): "goldens", run.resolve(): name}


def hide_places(value: Any, places: Mapping[Path, str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value in which each of these paths has its name, also as the beginning of a longer path.

    >>> hide_places(["'/there/a b'", "/there", "/there-too"], {Path("/there"): "~", Path("/there/a b"): "RUN"})
    ['RUN', '~', '/there-too']
    """
    if isinstance(value, dict):
        return {key: hide_places(item, places) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [hide_places(item, places) for item in value]
    if not isinstance(value, str):
        return value
    for path in sorted(places, key=lambda path: (-len(path.parts), path)):
        for text in _write(path):
            whole = f"{_BEFORE}('?){re.escape(text)}{_REST}\\1{_AFTER}"
            value = re.sub(whole, partial(_name, places[path]), value)
    return value


def _name(name: str, found: re.Match[str]) -> str:
    """Return the name of a place with what stands behind it in the path that was found."""
    return f"{name}{found[2]}"


def _write(path: Path) -> Iterator[str]:
    """Yield a whole path as texts and commands have it; not the root, which is the beginning of every path."""
    if len(path.parts) > 1:
        text = str(path)
        yield from dict.fromkeys((shlex.quote(text).strip("'"), text, make_printable(text)))
