"""Writes the run directory of one run whole or not at all."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.checkpoints.folder import SUFFIX
from appliance.runs.placing import place_files, try_place
from appliance.runs.proof import require_replaceable
from verify.digests import digest_file
from verify.errors import UsageError, advise_access
from verify.files.checksums import CHECKSUMS, format_checksums, sum_files
from verify.files.fingerprint import FINGERPRINT
from verify.files.history import HISTORY, format_history
from verify.files.machine import MACHINE, MACHINE_NAME, Circumstances
from verify.files.record import RECORD
from verify.files.run import FINGERPRINT_NAME, RECORD_NAME, TRACE_FILES, TRACE_NAME
from verify.files.settings import CONFIG_NAME, format_settings
from verify.files.weights import PREDICTIONS, WEIGHTS, format_tensors
from verify.files.writing import make_printable

if TYPE_CHECKING:
    from appliance.config import Config
    from appliance.training.record import Record
    from verify.files.record import RunRecord

_SHORT = slice(len("sha256:"), len("sha256:") + 8)


def name_run(config: Config, profile: str) -> str:
    """Return a run's usual directory name: configuration, seed, profile, beginning of the configuration's digest."""
    return f"{config.name}-{config.seed}-{profile}-{config.digest()[_SHORT]}"


def write_run(record: Record, directory: str | Path, trace: Path | None = None) -> RunRecord:
    """Write a run directory; an earlier run of the same settings and profile is replaced, anything else is refused.

    The files are written beside the directory and moved there in one step, so that a reader never sees half a run.
    Whatever interrupts the writing, the earlier run or the new one is in place as a whole.

    Args:
        record: the run.
        directory: where it goes.
        trace: the directory of its finished trace, which gets a second name in it; see `place_files`.

    Returns:
        The record with the directory in it, as `train --json` prints it.

    Raises:
        UsageError: the directory holds something that is not such a run, or cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from appliance import load_config, read_run, train
    >>> record = train(load_config("smoke"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_run(record, Path(folder) / "smoke")
    ...     read_run(Path(folder) / "smoke").record.digests.run == record.digests["run"]
    True
    """
    directory = Path(directory)
    written = attrs.evolve(record.to_file(), run_dir=make_printable(str(directory)))
    check = partial(require_replaceable, config_digest=written.config_digest, profile=written.profile)
    try:
        _require_name(directory)
        place_files(list_files(record, written, trace), directory.resolve(), check, trace)
    except OSError as error:
        raise _explain(error, directory) from error
    return written


def reserve_place(directory: Path, config: Config, profile: str) -> None:
    """Make sure, before a long training, that its run can be written to this directory afterwards.

    Raises:
        UsageError: the directory holds something that may not be replaced, or cannot be written.
    """
    try:
        require_replaceable(directory, config_digest=config.digest(), profile=profile)
        _require_name(directory)
        try_place(directory.resolve())
    except OSError as error:
        raise _explain(error, directory) from error


def _require_name(directory: Path) -> None:
    """Return if the name is not that of a folder of checkpoints, which another run may have beside it.

    Raises:
        UsageError: it is.
    """
    if directory.resolve().name.endswith(SUFFIX):
        raise UsageError(
            "a run directory cannot have this name",
            expected=f"a name that does not end in {SUFFIX}: the checkpoints of a run stand there",
            found=directory.resolve().name,
            where=directory,
            remedy="name another directory: --out DIR",
        )


def _explain(error: OSError, directory: Path) -> UsageError:
    return UsageError(
        "the run directory cannot be written",
        expected="a directory that can be made or replaced",
        found=error.strerror or error,
        where=directory,
        remedy=advise_access(error) or "name a directory inside one that you can write to: --out DIR",
    )


def list_files(record: Record, written: RunRecord, trace: Path | None = None) -> dict[str, bytes]:
    """Return the contents of a run directory by file name, checksums included; those of a trace are only summed."""
    digests = written.digests
    machine = Circumstances(
        written=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        run_dir=written.run_dir or "",
        timing=written.timing,
        program=written.program,
        certificate=written.certificate,
    )
    files = {
        RECORD_NAME: RECORD.format(written.drop_circumstances()).encode(),
        HISTORY: format_history(written.epochs).encode(),
        WEIGHTS: format_tensors(record.parameters, digests.final_weights),
        PREDICTIONS: format_tensors(record.predictions, digests.predictions),
        CONFIG_NAME: format_settings(written.settings).encode(),
        FINGERPRINT_NAME: FINGERPRINT.format(record.fingerprint).encode(),
        MACHINE_NAME: MACHINE.format(machine).encode(),
    }
    sums = sum_files(files)
    if trace is not None:
        sums |= {f"{TRACE_NAME}/{name}": digest_file(trace / name) for name in TRACE_FILES}
    return {**files, CHECKSUMS: format_checksums(sums).encode()}
