"""Run directories: record, history, weights, fingerprint and checksums of one run, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.digests import format_canonical
from verify.errors import UsageError
from verify.files.fingerprint import FINGERPRINT

if TYPE_CHECKING:
    from appliance.config import Config
    from appliance.training.record import Record

CHECKSUMS = "checksums.sha256"
RECORD = "record.json"
_ATTEMPTS = 20
_NAMES = {RECORD, CHECKSUMS, "history.jsonl", "weights.safetensors", "fingerprint.json", "trace.jsonl"}


def name_run(config: Config, profile: str) -> str:
    """Return a run's usual directory name: configuration, seed, profile."""
    return f"{config.name}-{config.seed}-{profile}"


def write_run(record: Record, directory: Path) -> dict[str, Any]:
    """Write a run directory; an earlier run of that name is replaced, anything else is refused.

    The files are written beside the directory and moved there in one step, so a reader never sees half a run;
    where one is replaced, there is none for a moment.

    Returns:
        The record as written, with its key "run_dir".

    Raises:
        UsageError: the directory holds something that is not a run, or cannot be written.
    """
    body = {**record.to_json(), "run_dir": str(directory)}
    try:
        _check_place(directory)
        place = directory.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=_name_aside(place), dir=place.parent))
        try:
            _write_files(staging, list_files(record, body))
            _swap(staging, place)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise UsageError("the run directory cannot be written", where=directory, found=error) from error
    return body


def reserve_place(directory: Path) -> None:
    """Make sure, before a long training, that a run can be written to this directory afterwards.

    Raises:
        UsageError: the directory holds something that is not a run, or cannot be written.
    """
    try:
        _check_place(directory)
        place = directory.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_name_aside(place), dir=place.parent):
            pass
    except OSError as error:
        raise UsageError("the run directory cannot be written", where=directory, found=error) from error


def _name_aside(place: Path) -> str:
    return f".{place.name}-"


def _check_place(directory: Path) -> None:
    try:
        names = {path.name for path in sorted(directory.iterdir())}
    except FileNotFoundError:
        return
    strangers = sorted(names - _NAMES)
    if strangers or (names and RECORD not in names):
        raise UsageError(
            "this directory is not a run",
            where=directory,
            expected="nothing, or the files of an earlier run",
            found=", ".join(strangers[:5]) or "files without a record",
            remedy="name an empty or new directory",
        )


def list_files(record: Record, body: dict[str, Any]) -> dict[str, bytes]:
    """Return the contents of a run directory by file name, checksums included."""
    files = {
        RECORD: _format_json(body),
        "history.jsonl": "".join(format_canonical(row) + "\n" for row in body["epochs"]).encode(),
        "weights.safetensors": _pack_weights(record),
        "fingerprint.json": FINGERPRINT.format(record.fingerprint).encode(),
    }
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return {**files, CHECKSUMS: "".join(lines).encode()}


def _pack_weights(record: Record) -> bytes:
    try:
        from safetensors.numpy import save  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "weights cannot be written without the package safetensors", found=error, remedy="install safetensors"
        ) from error
    return bytes(save(dict(record.parameters), metadata={"digest": record.digests["final_weights"]}))


def _format_json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, sort_keys=True, indent=2, allow_nan=False) + "\n").encode()


def _write_files(directory: Path, files: dict[str, bytes]) -> None:
    directory.chmod(0o755)
    for name, content in files.items():
        with (directory / name).open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())


def _swap(staging: Path, directory: Path) -> None:
    """Put one directory into another's place, also while other processes do the same."""
    for attempt in range(_ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix=_name_aside(directory), dir=directory.parent) as aside:
            earlier = Path(aside) / "old"
            try:
                if directory.exists():
                    directory.rename(earlier)
                staging.rename(directory)
            except OSError:
                if earlier.exists() and not directory.exists():
                    earlier.rename(directory)
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return
