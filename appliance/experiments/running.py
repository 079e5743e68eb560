"""Runs the code of an experiment: what it prints goes to stderr, its errors are told in the form of all others."""

from __future__ import annotations

import sys
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from appliance.errors import ConfigurationError, ExperimentError
from appliance.experiments.experiment import Experiment, Subject, combine
from appliance.experiments.importing import import_experiment
from verify.errors import ApplianceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.config.experiment import ExperimentConfig
    from appliance.config.schema import Config
    from appliance.data import Dataset

_DEBUG = "--debug shows the whole traceback"


@contextmanager
def open_subject(config: Config, dataset: Dataset | None = None) -> Iterator[Subject]:
    """Return what is trained; where a configuration names an experiment, its code is run for that.

    Inside, what the code prints goes to stderr, and its errors are reported with their place.

    Args:
        config: the configuration.
        dataset: the data, where a program has given it already.

    Raises:
        ExperimentError: the code of the experiment failed.
        ConfigurationError: it is not there, or does not give what the file leaves out.
    """
    experiment = config.experiment
    if experiment is None:
        yield Subject(config, dataset)
        return
    shown = _require_folder(experiment)
    folder = shown.resolve()
    with _report_errors(folder, shown), redirect_stdout(sys.stderr), import_experiment(experiment, folder) as module:
        where = f"{experiment.module}, {experiment.function}"
        function = getattr(module, experiment.function, None)
        if not callable(function):
            raise ExperimentError(
                "an experiment lacks its function",
                expected=f"def {experiment.function}(config)",
                found="no such function",
                where=shown / experiment.module,
                remedy="write it, or name another one: experiment.function",
            )
        made = function(config)
        if not isinstance(made, Experiment):
            raise ExperimentError(
                "the function of an experiment returned something else",
                expected="an appliance.Experiment",
                found=type(made).__name__,
                where=where,
            )
        yield combine(config, made, where)


def _require_folder(experiment: ExperimentConfig) -> Path:
    if experiment.folder is None:
        raise ConfigurationError(
            "the code of this experiment is not here",
            expected=f"{experiment.module} beside the configuration",
            found="settings without a file",
            remedy="start in the folder of the experiment, and name the file of the configuration",
        )
    return experiment.folder


@contextmanager
def _report_errors(folder: Path, shown: Path) -> Iterator[None]:
    """Report an error that passes through the code in a folder with the last place in it.

    Args:
        folder: the whole path of the folder.
        shown: the folder as the user names it.
    """
    try:
        yield
    except ApplianceError:
        raise
    except (Exception, SystemExit) as error:
        place = _find_place(error, folder)
        if place is None:
            raise
        found = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        where = f"{shown / place.file}, line {place.line}{place.function}"
        raise ExperimentError("the code of the experiment failed", found=found, where=where, remedy=_DEBUG) from error


class _Place(NamedTuple):
    """A place in the code of an experiment; `function` is empty or ", in NAME"."""

    file: Path
    line: int | None
    function: str


def _find_place(error: BaseException, folder: Path) -> _Place | None:
    """Return the last place of an error in a file of the folder."""
    if isinstance(error, SyntaxError) and error.filename and _is_inside(error.filename, folder):
        return _Place(Path(error.filename).relative_to(folder), error.lineno, "")
    found, traceback = None, error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if _is_inside(code.co_filename, folder):
            found = _Place(Path(code.co_filename).relative_to(folder), traceback.tb_lineno, f", in {code.co_name}")
        traceback = traceback.tb_next
    return found


def _is_inside(file: str, folder: Path) -> bool:
    return Path(file).is_absolute() and Path(file).is_relative_to(folder)
