"""A new configuration file: the settings of the baseline, with every key explained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appliance.config.keys import list_sections
from appliance.config.limits import show_value
from appliance.config.loading import load_config
from appliance.errors import ConfigurationError
from verify.errors import UsageError
from verify.files.limits import CONFIG_NAME
from verify.files.writing import require_directory, write_new
from verify.rendering.lines import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.config.keys import Key, Section

_EXAMPLE = "baseline"


def write_template(path: Path) -> str:
    """Write a new configuration file and return its name; nothing that exists is overwritten.

    Raises:
        UsageError: the path does not end in .toml, exists, or cannot be written.
        ConfigurationError: no configuration can have the name of the file.
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
    write_new(path, make_template(path.stem), what="the configuration")
    return path.stem


def make_template(name: str) -> str:
    """Return the text of a new configuration of this name."""
    settings = {**load_config(_EXAMPLE).settings(), "name": name}
    lines = [
        f"# A configuration of repro-appliance; begun as a copy of {_EXAMPLE}.",
        "# Keys with a # before them are optional and have the value shown. docs/configuration.md lists all keys.",
    ]
    table = settings
    for section in list_sections():
        if section.name:
            table = settings[section.name]
            lines += ["", f"[{section.name}]"]
        shown = table if section.name or section.heading == "The file" else {}
        lines += _list_lines(section, shown)
    return "\n".join(lines) + "\n"


def _list_lines(section: Section, values: Mapping[str, object]) -> Iterator[str]:
    """Yield the keys of a section; those that are not in `values` as comments."""
    if not section.name and not values and section.keys:
        yield from ("#", f"# {section.heading}: {section.meaning}")
    for key in section.keys:
        yield from _explain(key)
        shown = show_value(values[key.name]) if key.name in values else key.default or "..."
        active = key.name in values and not _is_default(key, shown)
        yield f"{key.name} = {shown}" if active else f"# {key.name} = {shown}"


def _explain(key: Key) -> Iterator[str]:
    text = f"{key.meaning}: {key.allowed}" if key.meaning else key.allowed
    yield from wrap(text, first="# ", indent=0).replace("\n", "\n# ").split("\n")


def _is_default(key: Key, shown: str) -> bool:
    return key.default is not None and shown == key.default
