"""The life of a golden file: written once, listed, read with suspicion."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.bits import BITS_VERSION
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.golden import build_golden, build_native, check_golden

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BITS_VERSION",
    "DIRECTORY",
    "build_golden",
    "build_native",
    "check_may_write",
    "list_goldens",
    "locate_golden",
    "read_golden",
    "write_golden",
]

DIRECTORY = Path(__file__).parent.parent / "goldens"


def locate_golden(name: str, directory: Path | None = None) -> Path:
    """Return the path of a configuration's golden; None stands for the directory that ships."""
    return (directory or DIRECTORY) / f"{name}.json"


def list_goldens(directory: Path | None = None) -> list[str]:
    """Return the names of all goldens in a directory, sorted."""
    return sorted(path.stem for path in (directory or DIRECTORY).glob("*.json"))


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def read_golden(path: Path) -> dict[str, Any]:
    """Read a golden that can be judged by.

    Raises:
        CouldNotJudgeError: missing, no JSON, of another schema or bits version, incomplete, tampered with,
            or not the golden of the configuration it is named after.
    """
    try:
        golden = json.loads(
            path.read_text(encoding="utf-8"), object_pairs_hook=_refuse_repeated, parse_constant=_refuse_constant
        )
    except OSError as error:
        raise CouldNotJudgeError(
            "there is no golden to judge by",
            expected=f"a golden called {path.name}",
            found=error.strerror,
            where=path.stem,
            remedy=f"repro-appliance golden list; to make one: repro-appliance golden record {path.stem}",
        ) from error
    except (ValueError, RecursionError) as error:
        raise CouldNotJudgeError(
            "a golden is not JSON",
            expected="one JSON object",
            found=str(error),
            where=path.stem,
            remedy="restore the file from version control",
        ) from error
    check_golden(golden, path.stem)
    if golden["config"] != path.stem:
        raise CouldNotJudgeError(
            "a golden is named after another configuration",
            expected=path.stem,
            found=golden["config"],
            where=path.stem,
            remedy=f"rename the file to {golden['config']}.json",
        )
    return dict(golden)


def check_may_write(path: Path, *, replace: bool = False) -> None:
    """Make sure that a golden may be written here and now.

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
            found=path.name,
            where=path.stem,
            remedy="to replace it: --replace, with a new bits version and a line under Changed results",
        )


def write_golden(path: Path, golden: Mapping[str, Any], *, replace: bool = False) -> None:
    """Write a golden whole or not at all, as indented JSON with sorted keys.

    Raises:
        UsageError: it may not be written (`check_may_write`), or the directory does not take it.
        CouldNotJudgeError: it is no sound golden.
    """
    check_may_write(path, replace=replace)
    check_golden(golden, path.stem)
    text = json.dumps(golden, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        with draft.open("w", encoding="ascii", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(
            "the golden cannot be written",
            expected="a directory that can be written to",
            found=error.strerror,
            where=path,
            remedy="record goldens from a checkout of the source",
        ) from error
