"""Writes the run directory of one run whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError
from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.fingerprint import FINGERPRINT
from verify.files.history import HISTORY, format_history
from verify.files.record import RECORD
from verify.files.run import FINGERPRINT_NAME, LIMITS, OPTIONAL, RECORD_NAME
from verify.files.weights import WEIGHTS
from verify.files.writing import make_printable, sync_directory, write_synced

if TYPE_CHECKING:
    from appliance.config import Config
    from appliance.training.record import Record
    from verify.files.record import RunRecord

_ATTEMPTS = 20
_NAMES = {*LIMITS, CHECKSUMS, *OPTIONAL}


def name_run(config: Config, profile: str) -> str:
    """Return a run's usual directory name: configuration, seed, profile."""
    return f"{config.name}-{config.seed}-{profile}"


def write_run(record: Record, directory: Path) -> RunRecord:
    """Write a run directory; an earlier run of that name is replaced, anything else is refused.

    The files are written next to the directory and moved there in one step, so a reader never sees half a run;
    where one is replaced, there is none for a moment.

    Returns:
        The record as written, with the directory in it.

    Raises:
        UsageError: the directory holds something that is not a run, or cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from appliance import load_config, read_run, train
    >>> record = train(load_config("smoke"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_run(record, Path(folder) / "smoke")
    ...     read_run(Path(folder) / "smoke").record.digests.run == record.digests["run"]
    True
    """
    written = attrs.evolve(record.to_file(), run_dir=make_printable(str(directory)))
    try:
        _refuse_strangers(directory)
        place = directory.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=_name_draft(place), dir=place.parent))
        try:
            _write_files(staging, list_files(record, written))
            _swap(staging, place)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        raise UsageError("the run directory cannot be written", where=directory, found=error) from error
    return written


def reserve_place(directory: Path) -> None:
    """Make sure, before a long training, that a run can be written to this directory afterwards.

    Raises:
        UsageError: the directory holds something that is not a run, or cannot be written.
    """
    try:
        _refuse_strangers(directory)
        place = directory.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_name_draft(place), dir=place.parent):
            pass
    except OSError as error:
        raise UsageError("the run directory cannot be written", where=directory, found=error) from error


def _name_draft(place: Path) -> str:
    return f".{place.name}-"


def _refuse_strangers(directory: Path) -> None:
    try:
        names = {path.name for path in sorted(directory.iterdir())}
    except FileNotFoundError:
        return
    strangers = sorted(names - _NAMES)
    if strangers or (names and RECORD_NAME not in names):
        raise UsageError(
            "this directory is not a run",
            where=directory,
            expected="nothing, or the files of an earlier run",
            found=", ".join(strangers[:5]) or "files without a record",
            remedy="name an empty or new directory",
        )


def list_files(record: Record, written: RunRecord) -> dict[str, bytes]:
    """Return the contents of a run directory by file name, checksums included."""
    files = {
        RECORD_NAME: RECORD.format(written).encode(),
        HISTORY: format_history(written.epochs).encode(),
        WEIGHTS: _pack_weights(record),
        FINGERPRINT_NAME: FINGERPRINT.format(record.fingerprint).encode(),
    }
    return {**files, CHECKSUMS: format_checksums(sum_files(files)).encode()}


def _pack_weights(record: Record) -> bytes:
    try:
        from safetensors.numpy import save  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "weights cannot be written without the package safetensors", found=error, remedy="install safetensors"
        ) from error
    return bytes(save(dict(record.parameters), metadata={"digest": record.digests["final_weights"]}))


def _write_files(directory: Path, files: dict[str, bytes]) -> None:
    directory.chmod(0o755)
    for name, content in files.items():
        write_synced(directory / name, content)
    sync_directory(directory)


def _swap(staging: Path, directory: Path) -> None:
    """Put one directory into another's place, also while other processes do the same."""
    for attempt in range(_ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix=_name_draft(directory), dir=directory.parent) as folder:
            earlier = Path(folder) / "old"
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
                sync_directory(directory.parent)
                return
