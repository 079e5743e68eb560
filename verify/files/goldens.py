"""The files of goldens: found by name, read only if they are sound, never written in continuous integration."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.golden import GOLDEN, Golden, check_golden, parse_golden
from verify.files.limits import CONFIG_NAME
from verify.files.reading import parse_json, read_bytes
from verify.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

DIRECTORY = Path(__file__).parent.parent / "goldens"


def locate_golden(name: str, directory: Path | None = None) -> Path:
    """Return the path of a configuration's golden; None stands for the directory that ships.

    Raises:
        CouldNotJudgeError: no configuration can have this name.
    """
    if not re.fullmatch(CONFIG_NAME, name, flags=re.ASCII):
        raise CouldNotJudgeError("no golden can have this name", expected=CONFIG_NAME, found=name)
    return (directory or DIRECTORY) / f"{name}.json"


def is_installed(directory: Path) -> bool:
    """Tell whether a directory belongs to the installed program, which a user does not change."""
    home = DIRECTORY.resolve()
    installed = {"site-packages", "dist-packages"} & set(home.parts) or home.parts[1:3] == ("nix", "store")
    return bool(installed) and directory.resolve() == home


def list_goldens(directory: Path | None = None) -> list[str]:
    """Return the names of all goldens in a directory, sorted."""
    return sorted(path.stem for path in (directory or DIRECTORY).glob("*.json"))


def read_golden(path: Path, *, command: str | None = None) -> Golden:
    """Read a golden that can be judged by.

    Args:
        path: its file.
        command: the command line that records this golden, for errors; None if the configuration is not known.

    Raises:
        CouldNotJudgeError: it is missing, not JSON, of another schema or bits version, not valid, changed after it was
            recorded, or not the golden of the configuration in its name.
    """
    try:
        data = read_bytes(path, limit=GOLDEN.limit, what=GOLDEN.name)
    except UsageError as error:
        raise CouldNotJudgeError(
            "there is no golden that can be read",
            expected=path,
            found=error.found,
            where=path.stem,
            remedy=f"to make it: {command}" if command else "name the directory of its golden: --goldens DIR",
        ) from error
    value = parse_json(data, where=path, what=GOLDEN.name, remedy=GOLDEN.remedy)
    golden = parse_golden(value, path, command or f"repro-appliance golden record {path.stem}")
    if golden.config != path.stem:
        raise CouldNotJudgeError(
            "a golden has the name of another configuration",
            expected=path.stem,
            found=golden.config,
            where=path,
            remedy=f"rename the file to {golden.config}.json",
        )
    return golden


def read_run_digests(names: Iterable[str], directory: Path | None = None) -> dict[str, str]:
    """Return the run digest that each of these configurations must have, without those that have no sound golden."""
    digests = {}
    for name in names:
        with contextlib.suppress(CouldNotJudgeError):
            digests[name] = read_golden(locate_golden(name, directory)).digests.run
    return digests


def check_may_write(path: Path, *, replace: bool = False, command: str | None = None) -> None:
    """Make sure that a golden may be written here and now.

    Args:
        path: its file.
        replace: whether it may exist.
        command: the command line that records it, for the error; None for that of a configuration that ships.

    Raises:
        UsageError: the variable CI is set, or the golden exists and `replace` is False.
    """
    if os.environ.get("CI"):
        raise UsageError(
            "goldens are never written in continuous integration",
            expected="the environment variable CI unset",
            found=f"CI={os.environ['CI']}",
            where=path.stem,
            remedy="record it on a developer's machine, review what changed, then commit the file",
        )
    if path.exists() and not replace:
        raise UsageError(
            "the golden exists already",
            expected="no golden of this name",
            found=path,
            where=path.stem,
            remedy=f"to replace it: {command or f'repro-appliance golden record {path.stem}'} --replace",
        )


def write_golden(path: Path, golden: Golden, *, replace: bool = False) -> None:
    """Write a golden whole or not at all, as indented JSON with sorted keys.

    Raises:
        UsageError: it may not be written (`check_may_write`), or the directory cannot be written to.
        CouldNotJudgeError: it is not sound.
    """
    check_may_write(path, replace=replace)
    check_golden(golden, path.stem)
    write_whole(path, GOLDEN.format(golden), what="the golden")
