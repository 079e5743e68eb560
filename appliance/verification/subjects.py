"""Finds the golden of a configuration: with the program for a named one, beside the file for a user's own."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.config.loading import find_config_directory, load_config
from verify.errors import CouldNotJudgeError
from verify.files.goldens import locate_golden, read_golden
from verify.files.run import RECORD_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.config import Config

FOLDER = "goldens"


@attrs.frozen(kw_only=True)
class Subject:
    """A configuration with its golden.

    Args:
        config: the configuration.
        golden: the golden's file, whether it exists or not.
        command: the command line that records that golden.
        own: whether the golden is a user's, not one that ships.
    """

    config: Config
    golden: Path
    command: str
    own: bool = False


def find_subject(name_or_path: str, golden_dir: Path | None = None) -> Subject:
    """Return a configuration with its golden.

    Args:
        name_or_path: a named configuration, or the path of a user's own.
        golden_dir: where goldens are; None for those that ship, and for a user's configuration the folder `goldens`
            beside its file.

    Raises:
        ConfigurationError: there is no such configuration, or it is not valid.
    """
    config = load_config(name_or_path)
    own = is_own(name_or_path)
    directory = golden_dir if golden_dir is not None or not own else _find_folder(Path(name_or_path), config)
    words = ["repro-appliance", "golden", "record", name_or_path]
    if golden_dir is not None:
        words += ["--goldens", str(golden_dir)]
    return Subject(
        config=config,
        golden=locate_golden(config.name, directory),
        command=shlex.join(words),
        own=own and directory is not None,
    )


def read_own_digests(subjects: Iterable[Subject]) -> dict[str, str]:
    """Return the run digest that each configuration of the user's must have, by its name, where there is a golden."""
    digests = {}
    for subject in subjects:
        if subject.own:
            with contextlib.suppress(CouldNotJudgeError):
                digests[subject.config.name] = read_golden(subject.golden).digests.run
    return digests


def _find_folder(path: Path, config: Config) -> Path | None:
    """Return where the golden of a user's configuration is; None for those that ship.

    A run directory contains nothing but the run. Its configuration has the golden that ships, if there is one with the
    same settings, else one beside the run directory.
    """
    if not (path.parent / RECORD_NAME).exists():
        return path.parent / FOLDER
    with contextlib.suppress(CouldNotJudgeError):
        if read_golden(locate_golden(config.name)).config_digest == config.digest():
            return None
    return path.resolve().parent.parent / FOLDER


def is_own(name_or_path: str) -> bool:
    """Tell whether this is a configuration of a user's, not one that ships."""
    return name_or_path.endswith(".toml") and Path(name_or_path).resolve().parent != find_config_directory().resolve()
