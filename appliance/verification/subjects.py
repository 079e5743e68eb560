"""Finds the golden of a configuration: with the program for a named one, beside the file for a user's own."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.config.loading import find_config_directory, load_config
from verify.files.goldens import locate_golden

if TYPE_CHECKING:
    from appliance.config import Config

FOLDER = "goldens"


@attrs.frozen(kw_only=True)
class Subject:
    """A configuration with its golden.

    Args:
        config: the configuration.
        golden: the golden's file, whether it exists or not.
        command: the command line that records that golden.
        own: whether the configuration is a user's, not one that ships.
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
    directory = golden_dir if golden_dir is not None or not own else Path(name_or_path).parent / FOLDER
    words = ["repro-appliance", "golden", "record", name_or_path]
    if golden_dir is not None:
        words += ["--goldens", str(golden_dir)]
    return Subject(config=config, golden=locate_golden(config.name, directory), command=shlex.join(words), own=own)


def is_own(name_or_path: str) -> bool:
    """Tell whether this is a configuration of a user's, not one that ships."""
    return name_or_path.endswith(".toml") and Path(name_or_path).resolve().parent != find_config_directory().resolve()
