"""Locks that pip can read: requirement files as they are, pylock.toml (PEP 751) as requirement lines."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 2**25  # bytes of a lock
_OTHERS = {
    "uv.lock": "uv export --format requirements-txt -o requirements.lock",
    "poetry.lock": "poetry export -o requirements.lock (with poetry-plugin-export)",
    "pdm.lock": "pdm export -o requirements.lock",
    "Pipfile.lock": "pipenv requirements --hash > requirements.lock",
}


def prepare_lock(path: Path, room: Path) -> Path:
    """Return a requirement file for a lock; pip reads markers, hashes, comments and included files itself.

    Args:
        path: the lock.
        room: where a requirement file is written for a lock of another format.

    Raises:
        UsageError: there is no such file, or pip cannot read its format.
    """
    if not path.is_file():
        raise UsageError(
            "there is no such lock",
            where=path,
            expected="a file with lines such as numpy==2.4.4",
            remedy="give two locks, then the command behind --: repro-appliance shrink A B -- COMMAND",
        )
    if path.stat().st_size > _LARGEST:
        raise UsageError("the lock is too large", where=path, expected=f"at most {_LARGEST >> 20} MiB")
    if path.name in _OTHERS:
        remedy = f"write a lock that pip reads: {_OTHERS[path.name]}"
        raise UsageError("pip cannot read this format of locks", where=path, remedy=remedy)
    if path.suffix != ".toml":
        return path
    target = room / f"{path.stem}.txt"
    target.write_text(convert_pylock(path), encoding="utf-8")
    return target


def convert_pylock(path: Path) -> str:
    """Return the lines of a requirement file for a pylock.toml.

    Raises:
        UsageError: it is no pylock.toml, or a package is no archive of an index.
    """
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = list(value["packages"])
        lines = [_write_line(package) for package in packages]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        expected = "a pylock.toml (PEP 751) with name, version and hashes of each package"
        raise UsageError("this lock cannot be read", where=path, expected=expected, found=error) from error
    return "\n".join(lines) + "\n"


def _write_line(package: dict[str, object]) -> str:
    name = package["name"]
    archives = [*_list(package.get("wheels")), *_list([package["sdist"]] if "sdist" in package else [])]
    if "version" not in package or not archives:
        raise ValueError(f"{name} is no archive of a package index")
    marker = f" ; {package['marker']}" if package.get("marker") else ""
    hashes = sorted({f"--hash=sha256:{archive['hashes']['sha256']}" for archive in archives})
    return " \\\n    ".join([f"{name}=={package['version']}{marker}", *hashes])


def _list(value: object) -> list[dict[str, dict[str, str]]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
