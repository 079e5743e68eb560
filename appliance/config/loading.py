"""Named configurations: found, read from TOML, checked, and given a digest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config.consistency import check_consistency
from appliance.config.experiment import locate_experiment
from appliance.config.limits import show_value
from appliance.config.overrides import apply_overrides, list_options
from appliance.config.problems import REFERENCE, Source, make_error
from appliance.config.schema import SCHEMA, Config
from appliance.config.structure import Reader
from appliance.errors import ConfigurationError
from verify.errors import UsageError, suggest_name
from verify.files.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Sequence


def find_config_directory() -> Path:
    """Return the directory of the named configurations: in the installed package, or next to it in a source tree."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "configs"
    return inside if inside.is_dir() else package.parent / "configs"


def list_configs() -> list[str]:
    """Return the names of all configurations that ship with the project, sorted.

    >>> "baseline" in list_configs()
    True
    """
    return sorted(path.stem for path in find_config_directory().glob("*.toml"))


def load_config(
    name_or_path: str | Path, *, seed: int | None = None, overrides: Sequence[str] = (), swept: Sequence[str] = ()
) -> Config:
    """Return a configuration by name, or from a path that ends in `.toml`.

    Args:
        name_or_path: the name of a configuration that ships, or a path.
        seed: another seed than the one in the file.
        overrides: other values for some keys, as in "training.epochs=3".
        swept: the same, from a sweep.

    Raises:
        ConfigurationError: there is none of that name, or the file is malformed or out of range.

    >>> load_config("smoke", seed=7).seed
    7
    """
    name_or_path = str(name_or_path)
    path = find_config(name_or_path)
    try:
        settings = read_toml(path, what="a configuration")
    except UsageError as error:
        raise ConfigurationError(
            "the configuration cannot be read",
            where=path,
            expected=error.expected,
            found=error.found,
            remedy=error.remedy,
        ) from error
    if not name_or_path.endswith(".toml") and settings.get("name") != name_or_path:
        raise ConfigurationError(
            "the configuration's name is not its file's", where=path, expected=name_or_path, found=settings.get("name")
        )
    options = list_options(overrides) | list_options(swept, "--sweep")
    if seed is not None:
        settings["seed"] = seed
        options = {"seed": f"--seed {seed}", **options}
    settings = apply_overrides(apply_overrides(settings, overrides), swept, "--sweep")
    config = _parse(settings, Source(path, options))
    return locate_files(config, path.parent) if name_or_path.endswith(".toml") else config


def locate_files(config: Config, *folders: Path) -> Config:
    """Return a configuration that knows where its files lie, and the digests of the files of its experiment.

    Args:
        config: as it was read.
        folders: where its file lies, and where else the files of an experiment may lie.

    Raises:
        ConfigurationError: a file of the experiment is missing, or is not the one whose digest is stated.
    """
    config = attrs.evolve(config, data=attrs.evolve(config.data, folder=folders[0]))
    if config.experiment is None:
        return config
    return attrs.evolve(config, experiment=locate_experiment(config.experiment, (*folders, Path())))


def find_config(name_or_path: str) -> Path:
    """Return the file of a configuration.

    Raises:
        ConfigurationError: there is none of that name.
    """
    if name_or_path.endswith(".toml"):
        return Path(name_or_path)
    if name_or_path not in list_configs():
        raise ConfigurationError(
            "there is no configuration of this name",
            expected=", ".join(list_configs()) or "at least one configuration",
            found=name_or_path,
            remedy=suggest_name(name_or_path, list_configs(), "name one of these, or give a path that ends in .toml"),
        )
    return find_config_directory() / f"{name_or_path}.toml"


def parse_settings(settings: dict[str, Any], *, where: object) -> Config:
    """Return the configuration that a table of settings describes; `where` names its source in errors.

    Raises:
        ConfigurationError: a key is missing, unknown or out of range, or the settings contradict each other. The error
            names all mistakes.

    >>> config = load_config("smoke")
    >>> parse_settings(config.settings(), where="an example") == config
    True
    """
    return _parse(settings, Source(where))


def _parse(settings: dict[str, Any], source: Source) -> Config:
    rest = dict(settings)
    schema = rest.pop("schema", None)
    if schema != SCHEMA:
        raise ConfigurationError(
            "unknown configuration schema",
            where=source.name_place("schema"),
            expected=show_value(SCHEMA),
            found="nothing" if schema is None else show_value(schema),
            remedy=REFERENCE,
        )
    reader = Reader()
    config = reader.read_config(rest)
    if config is None:
        raise make_error(reader.problems, source)
    check_consistency(config, source)
    return config
