"""A new configuration file: the settings of another one, with every key explained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from appliance.config.keys import list_sections
from appliance.config.loading import load_config
from appliance.errors import ConfigurationError
from verify.errors import UsageError
from verify.files.limits import CONFIG_NAME
from verify.files.settings import format_entry
from verify.files.writing import require_directory, write_new
from verify.rendering.lines import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.config.keys import Key, Section
    from verify.digests import JsonValue

_EXAMPLE = "baseline"
_DIGESTS = "digests"  # of the files of an experiment, which will be changed
_FILE = "The file"


def write_template(path: Path, example: str = _EXAMPLE) -> str:
    """Write a new configuration file and return its name; nothing that exists is overwritten.

    Args:
        path: the file.
        example: the name or the path of the configuration with which it begins.

    Raises:
        UsageError: the path does not end in .toml, exists, or cannot be written.
        ConfigurationError: no configuration can have the name of the file, or there is no such example.
    """
    if path.suffix != ".toml":
        raise UsageError("a configuration ends in .toml", where=path, expected=f"{path}.toml", found=path.name)
    if not re.fullmatch(CONFIG_NAME, path.stem, flags=re.ASCII):
        raise ConfigurationError(
            "no configuration can have this name",
            where=path,
            expected="small letters, digits, dots, dashes and underscores, at most 100",
            found=path.stem,
        )
    require_directory(path, what="the configuration")
    write_new(path, make_template(path.stem, example), what="the configuration")
    return path.stem


def make_template(name: str, example: str = _EXAMPLE) -> str:
    """Return the text of a new configuration of this name, with the settings of another one."""
    settings = {**load_config(example).settings(), "name": name}
    if "experiment" in settings:
        settings["experiment"] = {key: value for key, value in settings["experiment"].items() if key != _DIGESTS}
    lines = [
        *_comment(f"A configuration of repro-appliance; begun as a copy of {load_config(example).name}."),
        *_comment("Keys with a # before them are optional and have the value shown."),
        *_comment("docs/configuration.md lists all keys."),
    ]
    for section in list_sections():
        values = _choose_values(section, settings)
        if section.name:
            used = bool(values) or not (section.optional or "experiment" in settings)
            lines += ["", f"[{section.name}]" if used else f"# [{section.name}]"]
            lines += _comment(section.meaning) if section.optional else []
        elif section.heading != _FILE and section.keys:
            lines += ["#", *_comment(f"{section.heading}: {section.meaning}")]
        lines += _list_lines(section, values)
    return "\n".join(lines) + "\n"


def _choose_values(section: Section, settings: Mapping[str, Any]) -> Mapping[str, JsonValue]:
    """Return the settings that belong to a section; none for another optimizer, schedule or kind of layer."""
    if section.heading == _FILE:
        return settings
    optimizer: Mapping[str, JsonValue] = settings.get("optimizer", {})
    own = [f'[optimizer] with {key} = "{optimizer.get(key)}"' for key in ("name", "schedule")]
    if section.heading in own:
        return optimizer
    table, _, inner = section.name.partition(".")
    values: dict[str, Any] = settings.get(table, {})
    return dict(values.get(inner, {})) if inner else values


def _list_lines(section: Section, values: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield the keys of a section; those that are not in `values` as comments."""
    for key in section.keys:
        yield from _explain(key)
        shown = format_entry(values[key.name]) if key.name in values else key.default or "..."
        active = key.name in values and not _is_default(key, shown)
        yield f"{key.name} = {shown}" if active else f"# {key.name} = {shown}"


def _explain(key: Key) -> list[str]:
    return _comment(f"{key.meaning}: {key.allowed}" if key.meaning else key.allowed)


def _comment(text: str) -> list[str]:
    """Return a sentence as lines of comments."""
    return [f"# {line.strip()}" for line in wrap(text, first="  ").split("\n")]


def _is_default(key: Key, shown: str) -> bool:
    return key.default is not None and shown == key.default
