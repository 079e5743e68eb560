"""A run directory, read back as one typed value."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import attrs

from verify.digests import digest_file
from verify.errors import CouldNotJudgeError, UsageError
from verify.files import checksums, history, toml, weights
from verify.files.checksums import CHECKSUMS, parse_checksums
from verify.files.fingerprint import FINGERPRINT
from verify.files.history import HISTORY, parse_history
from verify.files.machine import MACHINE, MACHINE_NAME
from verify.files.reading import read_bytes
from verify.files.record import RECORD
from verify.files.settings import CONFIG_NAME
from verify.files.trace import EVENTS_NAME, HEADER_NAME, TENSORS_NAME
from verify.files.traces import open_trace
from verify.files.weights import DIGEST, PREDICTIONS, WEIGHTS, format_tensors, parse_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePath

    from verify.files.fingerprint import Fingerprint
    from verify.files.machine import Circumstances
    from verify.files.record import EpochRow, RunRecord
    from verify.files.traces import Trace
    from verify.files.weights import Tensors

RECORD_NAME = "record.json"
FINGERPRINT_NAME = "fingerprint.json"
LIMITS: Mapping[str, int] = {
    RECORD_NAME: RECORD.limit,
    HISTORY: history.LIMIT,
    WEIGHTS: weights.LIMIT,
    PREDICTIONS: weights.LIMIT,
    CONFIG_NAME: toml.LIMIT,
    FINGERPRINT_NAME: FINGERPRINT.limit,
    MACHINE_NAME: MACHINE.limit,
}
"""The files that a run directory holds beside its checksums, each with the size up to which it is read."""
RESULTS = (RECORD_NAME, HISTORY, WEIGHTS, PREDICTIONS, CONFIG_NAME)
"""The files that are the same byte for byte in two equal runs."""
FILES = (*LIMITS, CHECKSUMS)
"""The names of all files of a run directory without a trace."""
TRACE_NAME = "trace"
"""The folder of the trace of a run that was traced."""
TRACE_FILES = (HEADER_NAME, EVENTS_NAME)
"""The files in it."""


@attrs.frozen(kw_only=True, eq=False)
class RunFiles:
    """The contents of a run directory.

    Args:
        path: the directory.
        record: record.json.
        history: history.jsonl.
        weights: weights.safetensors.
        predictions: predictions.safetensors.
        config: the bytes of config.toml.
        fingerprint: fingerprint.json.
        machine: machine.json.
        trace: trace/; None for a run that was not traced.
        checksums: checksums.sha256, the digests by file name.
        found_checksums: the digests of the files as they are.
    """

    path: Path
    record: RunRecord
    history: tuple[EpochRow, ...]
    weights: Tensors
    predictions: Tensors
    config: bytes
    fingerprint: Fingerprint
    machine: Circumstances
    trace: Trace | None
    checksums: Mapping[str, str]
    found_checksums: Mapping[str, str]


def name_directory(path: PurePath) -> str:
    """Return the path of a run directory as a word of a command: no option, and no name of a configuration.

    >>> from pathlib import Path
    >>> name_directory(Path("smoke")), name_directory(Path("runs/smoke"))
    ('./smoke', 'runs/smoke')
    """
    alone = len(path.parts) == 1 and not path.is_absolute() and path.name != ".."
    return f"./{path}" if alone or str(path).startswith("-") else str(path)


def load_run(path: Path, *, operands: bool = False) -> RunFiles:
    """Read a run directory without asking whether its files agree with each other; see `verify.judging.contradictions`.

    Args:
        path: the directory.
        operands: allow a trace with operands, which only replays have.

    Raises:
        UsageError: there is no such directory.
        CouldNotJudgeError: a file is missing, unknown, malformed or no regular file.
    """
    traced = check_names(path, operands=operands)
    data = {name: _read(path / name, limit) for name, limit in LIMITS.items()}
    record = RECORD.parse_text(data[RECORD_NAME], path / RECORD_NAME)
    _require_text(path / RECORD_NAME, data[RECORD_NAME], RECORD.format(record).encode())
    return RunFiles(
        path=path,
        record=record,
        history=parse_history(data[HISTORY], path / HISTORY),
        weights=_parse_tensors(data[WEIGHTS], path / WEIGHTS),
        predictions=_parse_tensors(data[PREDICTIONS], path / PREDICTIONS),
        config=data[CONFIG_NAME],
        fingerprint=FINGERPRINT.parse_text(data[FINGERPRINT_NAME], path / FINGERPRINT_NAME),
        machine=MACHINE.parse_text(data[MACHINE_NAME], path / MACHINE_NAME),
        trace=open_trace(path / TRACE_NAME) if traced else None,
        checksums=parse_checksums(_read(path / CHECKSUMS, checksums.LIMIT), path / CHECKSUMS),
        found_checksums={**checksums.sum_files(data), **sum_trace(path, traced=traced)},
    )


def _parse_tensors(data: bytes, path: Path) -> Tensors:
    tensors = parse_tensors(data, path)
    _require_text(path, data, format_tensors(tensors.arrays, tensors.metadata.get(DIGEST, "")))
    return tensors


def _require_text(path: Path, data: bytes, expected: bytes) -> None:
    """Refuse a file that says the same in other bytes: equal results have equal files."""
    if data != expected:
        raise CouldNotJudgeError(
            "a file of a run is not as the program writes it",
            expected="the same contents in the order and with the spaces of the program",
            found="other bytes",
            where=path,
        )


def sum_trace(path: Path, *, traced: bool) -> dict[str, str]:
    """Return the digests of the files of a run's trace, by their names in the run directory; none without a trace."""
    names = [f"{TRACE_NAME}/{name}" for name in TRACE_FILES] if traced else []
    return {name: digest_file(path / name) for name in names}


def check_names(path: Path, *, operands: bool = False) -> bool:
    """Make sure that a directory holds the files of a run, each a regular file, and nothing else but a trace.

    Returns:
        Whether there is a trace.

    Raises:
        UsageError: there is no such directory.
        CouldNotJudgeError: a file is missing or unknown, or is a link, a directory, a device or a pipe.
    """
    kinds = _list_kinds(path)
    traced = stat.S_ISDIR(kinds.get(TRACE_NAME, 0))
    if traced:
        kinds |= {f"{TRACE_NAME}/{name}": kind for name, kind in _list_kinds(path / TRACE_NAME).items()}
        del kinds[TRACE_NAME]
        if operands:
            kinds.pop(f"{TRACE_NAME}/{TENSORS_NAME}", None)
    expected = {*FILES, *([f"{TRACE_NAME}/{name}" for name in TRACE_FILES] if traced else [])}
    unknown, missing = sorted(kinds.keys() - expected), sorted(expected - kinds.keys())
    if unknown or missing:
        raise CouldNotJudgeError(
            "this directory is not a run",
            expected=", ".join(sorted(expected)),
            found=f"missing: {', '.join(missing[:5]) or 'none'}; unknown: {', '.join(unknown[:5]) or 'none'}",
            where=path,
        )
    odd = next((name for name, kind in kinds.items() if kind != stat.S_IFREG), None)
    if odd is not None:
        found = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a directory"}.get(kinds[odd], "a device, pipe or socket")
        raise CouldNotJudgeError(
            "a file of a run is not a regular file", expected="a regular file", found=found, where=path / odd
        )
    return traced


def _list_kinds(path: Path) -> dict[str, int]:
    """Return the kind of every entry of a directory."""
    try:
        return {entry.name: stat.S_IFMT(entry.lstat().st_mode) for entry in sorted(path.iterdir())}
    except (OSError, ValueError) as error:  # ValueError: a path that holds a zero byte
        found = getattr(error, "strerror", None) or error
        raise UsageError("a run directory cannot be read", expected="a directory", found=found, where=path) from error


def _read(path: Path, limit: int) -> bytes:
    try:
        return read_bytes(path, limit=limit, what="a file of a run")
    except UsageError as error:
        raise CouldNotJudgeError(error.title, expected=error.expected, found=error.found, where=path) from error
