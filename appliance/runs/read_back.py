"""Reads a run directory back into a typed value, in which nothing contradicts anything else."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config import parse_settings
from appliance.errors import ConfigurationError
from appliance.experiments.running import open_subject
from appliance.training.prediction import Predictor
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.run import load_run
from verify.files.settings import CONFIG_NAME
from verify.judging.contradictions import list_contradictions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

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

    def predict(self, x: ArrayLike) -> NDArray[Any]:
        """Return the predicted classes of samples (m, ...), or targets (m, t) of a regression; see `Record.predict`.

        Raises:
            DataError: the samples are others than those of the training.
            UsageError: the run does not say what a sample is.
        """
        with self.open_predictor() as predictor:
            return predictor.predict(predictor.convert(x)).values

    def outputs(self, x: ArrayLike) -> NDArray[np.floating[Any]]:
        """Return the network's outputs (m, c) for samples (m, ...); see `Record.outputs`.

        Raises:
            DataError: the samples are others than those of the training.
            UsageError: the run does not say what a sample is.
        """
        with self.open_predictor() as predictor:
            return predictor.predict(predictor.convert(x)).outputs

    @contextmanager
    def open_predictor(self) -> Iterator[Predictor]:
        """Return what makes predictions; for an experiment its code must lie in the current directory.

        Raises:
            UsageError: the run does not say what a sample is.
        """
        inputs = self.record.inputs
        if inputs is None:
            raise UsageError(
                "this run does not say what a sample is",
                expected="inputs in record.json",
                found="a run of an earlier version",
                where=self.path,
                remedy=f"train it again: repro-appliance train --config {self.path / CONFIG_NAME}",
            )
        with open_subject(self._place_code()) as subject:
            yield Predictor(
                config=subject.config, profile=self.record.profile, inputs=inputs, parameters=self.parameters
            )

    def _place_code(self) -> Config:
        """Return the configuration; the code of an experiment is looked for in the current directory."""
        experiment = self.config.experiment
        if experiment is None or experiment.folder is not None:
            return self.config
        return attrs.evolve(self.config, experiment=attrs.evolve(experiment, folder=Path()))


def read_run(path: str | Path) -> StoredRun:
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
    path = Path(path)
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
