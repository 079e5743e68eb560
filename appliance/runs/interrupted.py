"""Trainings that were interrupted or still run, found by the folders of their checkpoints."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from appliance.checkpoints.folder import SUFFIX, Folder
from appliance.checkpoints.lock import is_locked
from appliance.config import list_configs, load_config
from verify.errors import ApplianceError
from verify.files.checkpoint_head import read_statement
from verify.files.run import RECORD_NAME
from verify.files.run_list import InterruptedRow
from verify.files.writing import make_printable

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.checkpoint import Checkpoint


def is_interrupted(path: Path) -> bool:
    """Tell whether this is a folder of checkpoints by its name, and no run."""
    return path.name.endswith(SUFFIX) and path.is_dir() and not (path / RECORD_NAME).exists()


def read_interrupted(path: Path) -> InterruptedRow | None:
    """Return the row of a folder of checkpoints; None for one in which is none."""
    name, problem = make_printable(path.name), None
    try:
        numbers = Folder(path).list_numbers()
    except OSError as error:
        return InterruptedRow(name=name, problem=error.strerror or str(error))
    for number in numbers:
        try:
            statement = read_statement(Folder(path).find_file(number))
        except ApplianceError as error:
            problem = problem or error.title
            continue
        running = is_locked(path)
        command = None if running else _compose_command(statement, path)
        return InterruptedRow(name=name, epoch=statement.epoch, step=statement.step, command=command, running=running)
    return None if problem is None else InterruptedRow(name=name, problem=problem)


def _compose_command(statement: Checkpoint, path: Path) -> str | None:
    """Return the command that goes on; None where the settings are not those of a configuration that ships."""
    if statement.config not in list_configs() or load_config(statement.config).digest() != statement.config_digest:
        return None
    run = make_printable(str(path.with_name(path.name.removesuffix(SUFFIX))))
    words = ["repro-appliance", "train", statement.config]
    words += [] if statement.profile == "portable" else ["--profile", statement.profile]
    words += [] if statement.trace is None else ["--trace", statement.trace.level]
    return shlex.join([*words, "--out", run, "--resume"])
