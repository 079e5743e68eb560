"""What `diff` compares: a run, a golden, a trace or a file of arrays, found by its path or name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import attrs

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.arrays import SUFFIXES
from verify.files.golden import GOLDEN
from verify.files.goldens import locate_golden, read_golden
from verify.files.reading import parse_json, read_bytes
from verify.files.run import load_run
from verify.files.traces import is_trace, open_trace

if TYPE_CHECKING:
    from verify.files.golden import Golden
    from verify.files.run import RunFiles
    from verify.files.traces import Trace

TRACE_NAME = "trace"
_EXPECTED = f"a run directory, the directory of a trace, a golden, or a file that ends in {', '.join(SUFFIXES)}"


@attrs.frozen(kw_only=True, eq=False)
class RunSide:
    """A run directory, with its trace if it has one."""

    path: Path
    run: RunFiles
    trace: Trace | None


@attrs.frozen(kw_only=True, eq=False)
class GoldenSide:
    """A golden."""

    path: Path
    golden: Golden


@attrs.frozen(kw_only=True, eq=False)
class TraceSide:
    """A trace without a run."""

    path: Path
    trace: Trace


@attrs.frozen(kw_only=True, eq=False)
class FileSide:
    """A file of arrays."""

    path: Path


Side: TypeAlias = RunSide | GoldenSide | TraceSide | FileSide


def read_side(word: str) -> Side:
    """Return what a path, or the name of a golden, stands for.

    Raises:
        UsageError: there is nothing of this name that could be compared.
        CouldNotJudgeError: it is damaged.
    """
    path = Path(word)
    try:
        is_directory, exists = path.is_dir(), path.exists()
    except (OSError, ValueError) as error:  # a path that is too long, or that holds a zero byte
        raise UsageError("a path cannot be read", expected=_EXPECTED, found=error, where=word) from error
    if is_directory:
        return _read_directory(path)
    if exists:
        return _read_file(path)
    golden = _find_golden(word)
    if golden is None:
        raise UsageError("there is nothing of this name to compare", expected=_EXPECTED, found=word)
    return GoldenSide(path=golden, golden=read_golden(golden))


def _read_directory(path: Path) -> Side:
    if is_trace(path):
        return TraceSide(path=path, trace=open_trace(path))
    trace = path / TRACE_NAME
    return RunSide(path=path, run=load_run(path), trace=open_trace(trace) if is_trace(trace) else None)


def _read_file(path: Path) -> Side:
    if path.suffix in SUFFIXES:
        return FileSide(path=path)
    if path.suffix == ".json":
        data = read_bytes(path, limit=GOLDEN.limit, what="a JSON file")
        value = parse_json(data, where=path, what="a JSON file")
        if isinstance(value, dict) and value.get("schema") == GOLDEN.schema:
            return GoldenSide(path=path, golden=read_golden(path))
    raise UsageError("a file of this kind cannot be compared", expected=_EXPECTED, found=path.name, where=path)


def _find_golden(name: str) -> Path | None:
    try:
        path = locate_golden(name)
    except CouldNotJudgeError:
        return None
    return path if path.is_file() else None
