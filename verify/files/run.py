"""A run directory, read back as one typed value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError, UsageError
from verify.files import checksums, history, weights
from verify.files.checksums import CHECKSUMS, parse_checksums
from verify.files.fingerprint import FINGERPRINT
from verify.files.history import HISTORY, parse_history
from verify.files.reading import read_bytes
from verify.files.record import RECORD
from verify.files.weights import WEIGHTS, parse_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from verify.files.fingerprint import Fingerprint
    from verify.files.record import EpochRow, RunRecord

RECORD_NAME = "record.json"
FINGERPRINT_NAME = "fingerprint.json"
LIMITS: Mapping[str, int] = {
    RECORD_NAME: RECORD.limit,
    HISTORY: history.LIMIT,
    WEIGHTS: weights.LIMIT,
    FINGERPRINT_NAME: FINGERPRINT.limit,
}
"""The files of every run directory besides its checksums, each with the size up to which it is read."""
OPTIONAL = ("trace.jsonl",)


@attrs.frozen(kw_only=True, eq=False)
class RunFiles:
    """The contents of a run directory.

    Args:
        path: the directory.
        record: record.json.
        history: history.jsonl.
        weights: the arrays of weights.safetensors, read-only, by name.
        stated_weights: the digest in the metadata of weights.safetensors.
        fingerprint: fingerprint.json.
        checksums: checksums.sha256, the digests by file name.
        found_checksums: the digests of the files as they are.
    """

    path: Path
    record: RunRecord
    history: tuple[EpochRow, ...]
    weights: Mapping[str, NDArray[np.generic]]
    stated_weights: str | None
    fingerprint: Fingerprint
    checksums: Mapping[str, str]
    found_checksums: Mapping[str, str]


def load_run(path: Path) -> RunFiles:
    """Read a run directory without asking whether its files agree with each other; see `verify.judging.contradictions`.

    Raises:
        UsageError: there is no such directory.
        CouldNotJudgeError: a file is missing, unknown or malformed.
    """
    _check_names(path)
    data = {name: _read(path / name, limit) for name, limit in LIMITS.items()}
    sums = parse_checksums(_read(path / CHECKSUMS, checksums.LIMIT), path / CHECKSUMS)
    tensors = parse_tensors(data[WEIGHTS], path / WEIGHTS)
    extra = {name: _read(path / name, history.LIMIT) for name in OPTIONAL if (path / name).exists() and name in sums}
    return RunFiles(
        path=path,
        record=RECORD.parse_text(data[RECORD_NAME], path / RECORD_NAME),
        history=parse_history(data[HISTORY], path / HISTORY),
        weights=tensors.arrays,
        stated_weights=tensors.metadata.get("digest"),
        fingerprint=FINGERPRINT.parse_text(data[FINGERPRINT_NAME], path / FINGERPRINT_NAME),
        checksums=sums,
        found_checksums=checksums.sum_files({**data, **extra}),
    )


def _check_names(path: Path) -> None:
    try:
        found = {entry.name for entry in sorted(path.iterdir())}
    except OSError as error:
        raise UsageError(
            "a run directory cannot be read", expected="a directory", found=error.strerror, where=path
        ) from error
    needed = {*LIMITS, CHECKSUMS}
    unknown, missing = sorted(found - needed - set(OPTIONAL)), sorted(needed - found)
    if unknown or missing:
        raise CouldNotJudgeError(
            "this directory is not a run",
            expected=", ".join(sorted(needed)),
            found=f"missing: {', '.join(missing[:5]) or 'none'}; unknown: {', '.join(unknown[:5]) or 'none'}",
            where=path,
        )


def _read(path: Path, limit: int) -> bytes:
    try:
        return read_bytes(path, limit=limit, what="a file of a run")
    except UsageError as error:
        raise CouldNotJudgeError(error.title, expected=error.expected, found=error.found, where=path) from error
