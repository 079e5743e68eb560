"""Compares two descriptions of surroundings: fingerprints of machines, or of the worlds that `run` fixed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from verify.errors import ApplianceError
from verify.files.answers import FIXED_WORLD
from verify.files.reading import parse_json, read_bytes
from verify.host.fingerprint import compare, read_fingerprint
from verify.results import Result

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.answers import FixedWorld


def compare_files(a: Path, b: Path) -> list[Result]:
    """Compare two files of one kind, field by field.

    Raises:
        UsageError: a file cannot be read.
        CouldNotJudgeError: a file is of another kind, or they are of two kinds.
    """
    if _is_world(a) and _is_world(b):
        return compare_worlds(FIXED_WORLD.read(a), FIXED_WORLD.read(b))
    return compare(read_fingerprint(a), read_fingerprint(b))


def _is_world(path: Path) -> bool:
    """Tell whether a file says that it is a fixed world; what cannot be read is none."""
    with suppress(ApplianceError):
        text = path.is_file() and read_bytes(path, limit=FIXED_WORLD.limit, what=FIXED_WORLD.name)
        value = parse_json(text, where=path, what=FIXED_WORLD.name) if text else None
        return isinstance(value, dict) and value.get("schema") == FIXED_WORLD.schema
    return False


def compare_worlds(a: FixedWorld, b: FixedWorld) -> list[Result]:
    """Return one row (F005) for each field of two fixed worlds."""
    left, right = _list_fields(a), _list_fields(b)
    return [
        Result(
            id="F005",
            title=name,
            status="pass" if left.get(name) == right.get(name) else "fail",
            expected=left.get(name),
            found=right.get(name),
        )
        for name in sorted({*left, *right})
    ]


def _list_fields(world: FixedWorld) -> dict[str, str]:
    settings = {
        f"setting.{row.name}": f"{row.status}: {row.found or row.reason or row.wanted}" for row in world.settings
    }
    packages = {f"package.{name}": version for name, _, version in (text.partition("==") for text in world.packages)}
    return {
        "command": " ".join(world.command),
        "prefix": " ".join(world.prefix),
        **{f"host.{name}": text for name, text in world.host.items()},
        **{f"variable.{name}": text for name, text in world.variables.items()},
        **settings,
        **packages,
    }
