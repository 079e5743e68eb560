"""Finding the data directory."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "REPRO_APPLIANCE_DATA"
_FOLDERS = ("repro-appliance", "data")


def find_data_dir(
    argument: Path | None = None, *, environ: Mapping[str, str] | None = None, platform: str = sys.platform
) -> Path:
    """Return the data directory, whether or not it exists: the argument, else the variable, else the user cache.

    Args:
        argument: the directory that the caller named, if any; `~` stands for the home directory.
        environ: the environment to read `REPRO_APPLIANCE_DATA` from; the process's own if not given.
        platform: as in `sys.platform`; it decides where the user cache is.

    Raises:
        DataError: no directory was named and the user has no home directory.
    """
    environ = os.environ if environ is None else environ
    named = str(argument) if argument is not None else environ.get(VARIABLE, "")
    try:
        return Path(named).expanduser() if named else _find_user_cache(environ, platform).joinpath(*_FOLDERS)
    except RuntimeError:
        raise DataError(
            "there is no home directory to find the data in",
            expected=f"--data-dir or the environment variable {VARIABLE}",
            found="neither",
            remedy=f"set {VARIABLE} to the data directory",
        ) from None


def find_own(name: str, folder: Path | None, data_dir: Path | None) -> Path:
    """Return the place of a file or folder that a configuration names by a relative path.

    It is looked for in the data directory that was named, beside the configuration, in the current directory, and in
    the usual data directory; the first one that exists is taken. What is found has a digest, so no result depends on
    where it was.

    Args:
        name: the relative path.
        folder: where the configuration lies, if that is known.
        data_dir: the data directory that the caller named, if any.

    Raises:
        DataError: there is nothing of that name.
    """
    named = data_dir is not None or bool(os.environ.get(VARIABLE))
    usual = find_data_dir(data_dir)
    places = [usual, folder, Path()] if named else [folder, Path(), usual]
    paths = [place / name for place in places if place is not None]
    for path in paths:
        if _exists(path):
            return path
    raise DataError(
        "a data file is missing",
        expected=name,
        found="nothing of that name",
        where=" or ".join(dict.fromkeys(str(path) for path in paths)),
        remedy="place it beside the configuration, or name its directory with --data-dir",
    )


def _exists(path: Path) -> bool:
    """Tell whether there is something at a path; what cannot be asked for is not there."""
    try:
        return path.exists()
    except OSError:  # no access to a folder, or a name that is too long
        return False


def _find_user_cache(environ: Mapping[str, str], platform: str) -> Path:
    """Return the folder of this platform for the caches of a user."""
    named = environ.get("XDG_CACHE_HOME", "")
    if named and Path(named).is_absolute():
        return Path(named)
    if platform == "win32" and environ.get("LOCALAPPDATA"):
        return Path(environ["LOCALAPPDATA"])
    return Path.home() / ("Library/Caches" if platform == "darwin" else ".cache")
