"""Reads a run directory back into a typed value, in which nothing contradicts anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.config import parse_settings
from appliance.errors import ConfigurationError
from verify.errors import CouldNotJudgeError
from verify.files.run import load_run
from verify.judging.contradictions import list_contradictions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config import Config
    from verify.files.fingerprint import Fingerprint
    from verify.files.record import RunRecord


@attrs.frozen(kw_only=True, eq=False)
class StoredRun:
    """A run that was read back.

    Args:
        path: its directory.
        config: the configuration, made from the settings in the record.
        record: the record.
        parameters: the final weights by name, read-only.
        predictions: the logits and classes of the test set, read-only.
        fingerprint: the machine that made it.
    """

    path: Path
    config: Config
    record: RunRecord
    parameters: Mapping[str, NDArray[np.generic]]
    predictions: Mapping[str, NDArray[np.generic]]
    fingerprint: Fingerprint


def read_run(path: Path) -> StoredRun:
    """Read a run directory.

    Raises:
        UsageError: there is no such directory.
        CouldNotJudgeError: a file is missing, unknown or malformed, or two parts of the run contradict each other.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from appliance import load_config, train, write_run
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_run(train(load_config("smoke")), Path(folder) / "smoke")
    ...     read_run(Path(folder) / "smoke").record.config
    'smoke'
    """
    files = load_run(path)
    for subject, expected, found in list_contradictions(files):
        raise CouldNotJudgeError("a run contradicts itself", expected=expected, found=found, where=f"{path}, {subject}")
    try:
        config = parse_settings(dict(files.record.settings), where=path)
    except ConfigurationError as error:
        raise CouldNotJudgeError(
            "the settings of a run are not a configuration of this version", found=error.found or error, where=path
        ) from error
    return StoredRun(
        path=path,
        config=config,
        record=files.record,
        parameters=files.weights.arrays,
        predictions=files.predictions.arrays,
        fingerprint=files.fingerprint,
    )
