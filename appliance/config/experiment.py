r"""The section `experiment`: a module of the user's that gives what the file leaves out, and what is hashed of it.

Part of bits 2. Of the module and of the files that are listed the SHA-256 is hashed; in files of Python line ends count
as "\n", because version control may change them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping  # noqa: TC003 - attrs resolves the annotations
from pathlib import Path  # noqa: TC003 - as above
from typing import TYPE_CHECKING

import attrs

from appliance.config.growth import newer, place
from appliance.config.limits import Limit, about, text
from appliance.config.optimizers import OwnRuleConfig
from appliance.config.own import DescribedLayer
from appliance.config.own_rules import DescribedOptimizer
from appliance.errors import ConfigurationError
from verify.digests import digest_bytes, digest_file
from verify.errors import UsageError
from verify.files.reading import MEBIBYTE, read_bytes

if TYPE_CHECKING:
    from appliance.config.layer_settings import LayerSettings
    from appliance.config.optimizers import OptimizerConfig

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_PATH = rf"(?:{_PART}/){{0,8}}{_PART}"
_MODULE = r"(?:[A-Za-z_][A-Za-z0-9_]{0,99}/){0,8}[A-Za-z_][A-Za-z0-9_]{0,99}\.py"
_PYTHON = ".py"
_LIMIT = 16 * MEBIBYTE
_DIGEST = r"sha256:[0-9a-f]{64}"
# The sections that a file may leave to the experiment.
GIVEN_SECTIONS = ("data", "model", "optimizer")


def _is_paths(value: object) -> bool:
    if not isinstance(value, list | tuple) or len(set(map(str, value))) != len(value):
        return False
    return all(isinstance(item, str) and re.fullmatch(_PATH, item, flags=re.ASCII) for item in value)


def _is_digests(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return all(isinstance(item, str) and re.fullmatch(_DIGEST, item, flags=re.ASCII) for item in value.values())


@attrs.frozen(kw_only=True)
class ExperimentConfig:
    """A module of yours that gives what the file leaves out: the file is a program then, and training runs it.

    `folder` is where the configuration lies, None if not known; `gives` are the sections that the file leaves out.
    """

    module: str = attrs.field(
        validator=text(_MODULE, "a path such as my_experiment.py: relative, with / and without .."),
        metadata=about("the module, beside the configuration; its SHA-256 is hashed"),
    )
    function: str = newer(
        default="build",
        validator=text("[A-Za-z_][A-Za-z0-9_]{0,99}", "the name of a function"),
        metadata=about("the function in it that gets the configuration and returns an `appliance.Experiment`"),
    )
    files: tuple[str, ...] = newer(
        default=(),
        converter=tuple,
        validator=Limit("a list of paths such as layers.py, relative and each once", _is_paths),
        metadata=about("other files that belong to it, such as modules that it imports; their SHA-256 is hashed"),
    )
    digests: Mapping[str, str] = newer(
        factory=dict,
        validator=Limit("a table of a sha256:... for each file", _is_digests),
        metadata=about("the digest of every file; written in the settings of a run, and compared where it is there"),
    )
    folder: Path | None = place()
    gives: tuple[str, ...] | None = place()


class OpenLayer(DescribedLayer):
    """Stands for the layers that an experiment will give."""

    def __init__(self) -> None:
        super().__init__({})


def open_layers() -> tuple[LayerSettings, ...]:
    """Return what stands for the layers that an experiment will give."""
    return (OpenLayer(),)


def open_optimizer() -> OptimizerConfig:
    """Return what stands for the optimizer that an experiment will give."""
    return OwnRuleConfig(learning_rate=1.0, own=DescribedOptimizer({}))


def list_files(experiment: ExperimentConfig) -> list[str]:
    """Return the paths of all files that are hashed, the module first."""
    return list(dict.fromkeys((experiment.module, *experiment.files)))


def digest_part(folder: Path, name: str) -> str:
    """Return the digest of one file of an experiment.

    Raises:
        ConfigurationError: it cannot be read.
    """
    path = folder / name
    try:
        return digest_bytes(read_source(path)) if name.endswith(_PYTHON) else digest_file(path)
    except (UsageError, OSError) as error:
        found = error.found if isinstance(error, UsageError) else error.strerror
        raise ConfigurationError(
            "a file of the experiment cannot be read",
            expected="a file beside the configuration",
            found=found,
            where=path,
            remedy="put it there, or change experiment.module or experiment.files",
        ) from error


def read_source(path: Path) -> bytes:
    r"""Return the bytes of a file of Python with "\n" at the ends of lines."""
    return read_bytes(path, limit=_LIMIT, what="a file of the experiment").replace(b"\r\n", b"\n")


def locate_experiment(experiment: ExperimentConfig, folders: tuple[Path, ...]) -> ExperimentConfig:
    """Return the section with the folder in which its files are, and their digests.

    Args:
        experiment: as in the file.
        folders: where to look: beside the configuration first. In the others, files are taken only where the section
            has their digests, so that a run directory is trained again with the code that made it, and with no other.

    Raises:
        ConfigurationError: a file is missing, or has another digest than the section says.
    """
    stated = dict(experiment.digests)
    there = [folder for folder in folders if (folder / experiment.module).is_file()]
    folder = there[0] if there and (stated or there[0] == folders[0]) else folders[0]
    found = {name: digest_part(folder, name) for name in list_files(experiment)}
    changed = [name for name in sorted({*stated, *found}) if stated and stated.get(name) != found.get(name)]
    if changed:
        raise ConfigurationError(
            "the code of the experiment is not that of this run",
            expected=f"{changed[0]} with {stated.get(changed[0], 'no digest')}",
            found=found.get(changed[0], "no such file in the section"),
            where=folder / changed[0],
            remedy="get the files as they were for this run, or remove experiment.digests",
        )
    return attrs.evolve(experiment, folder=folder, digests=found)
