"""What the commands of `config` report: the configurations that ship, and all settings of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.config.loading import find_config, find_config_directory, list_configs, load_config
from appliance.config.template import write_template
from verify.files.reading import read_bytes
from verify.files.settings import format_settings
from verify.files.toml import LIMIT
from verify.rendering.lines import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIST_SCHEMA = "repro-appliance/config-list/1"
SHOW_SCHEMA = "repro-appliance/config-show/1"
NEW_SCHEMA = "repro-appliance/config-new/1"


@attrs.frozen(kw_only=True)
class ConfigReport:
    """What one command of `config` found or did, as JSON and as text."""

    body: dict[str, Any]
    text: str


def list_report() -> ConfigReport:
    """List the configurations that ship, each with the first line of its file, which says what it is."""
    rows = [_describe(name) for name in list_configs()]
    width = max(len(row["name"]) for row in rows) + 2
    text = "\n".join(wrap(row["about"], first=row["name"].ljust(width)) for row in rows)
    body = {"schema": LIST_SCHEMA, "directory": str(find_config_directory()), "configs": rows}
    return ConfigReport(body=body, text=text)


def _describe(name: str) -> dict[str, str]:
    path = find_config(name)
    first = read_bytes(path, limit=LIMIT, what="a configuration").decode("utf-8-sig").partition("\n")[0]
    about = first.removeprefix("#").strip() if first.startswith("#") else ""
    return {"name": name, "about": about, "config_digest": load_config(name).digest(), "path": str(path)}


def show_report(name_or_path: str, overrides: Sequence[str] = ()) -> ConfigReport:
    """Return all settings of a configuration, also those that its file leaves out, as TOML and as JSON.

    Raises:
        ConfigurationError: there is none of that name, or it is not valid.
    """
    config = load_config(name_or_path, overrides=overrides)
    settings, digest = config.settings(), config.digest()
    toml = format_settings(settings).partition("\n")[2].rstrip("\n")
    path = str(find_config(name_or_path))
    body = {"schema": SHOW_SCHEMA, "config": config.name, "config_digest": digest, "path": path, "settings": settings}
    return ConfigReport(body=body, text=f"# {digest}\n{toml}")


def new_report(path: Path) -> ConfigReport:
    """Write a new configuration file, with every key explained.

    Raises:
        ApplianceError: the path is not usable, or exists.
    """
    name = write_template(path)
    text = f"written to {path}; edit it, then: repro-appliance train {path}"
    return ConfigReport(body={"schema": NEW_SCHEMA, "config": name, "path": str(path)}, text=text)
