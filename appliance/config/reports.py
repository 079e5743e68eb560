"""What the commands of `config` report: the configurations that ship, and all settings of one."""

from __future__ import annotations

import shlex
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config.loading import find_config, find_config_directory, list_configs, load_config
from appliance.config.optimizers import list_without_effect
from appliance.config.template import write_template
from verify.files.reading import read_bytes
from verify.files.settings import format_settings
from verify.files.toml import LIMIT
from verify.rendering.lines import wrap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.config.schema import Config

LIST_SCHEMA = "repro-appliance/config-list/1"
SHOW_SCHEMA = "repro-appliance/config-show/1"
NEW_SCHEMA = "repro-appliance/config-new/1"


@attrs.frozen(kw_only=True)
class ConfigReport:
    """What one command of `config` found or did, as JSON and as text."""

    body: dict[str, Any]
    text: str


def list_report() -> ConfigReport:
    """List the configurations that ship, each with the comment at the beginning of its file, which says what it is."""
    rows = [_describe(name) for name in list_configs()]
    width = max(len(row["name"]) for row in rows) + 2
    text = "\n".join(wrap(row["about"], first=row["name"].ljust(width)) for row in rows)
    body = {"schema": LIST_SCHEMA, "directory": str(find_config_directory()), "configs": rows}
    return ConfigReport(body=body, text=text)


def _describe(name: str) -> dict[str, str]:
    path = find_config(name)
    lines = read_bytes(path, limit=LIMIT, what="a configuration").decode("utf-8-sig").splitlines()
    about = " ".join(line.lstrip("# ").rstrip() for line in takewhile(lambda line: line.startswith("#"), lines))
    return {"name": name, "about": about, "config_digest": load_config(name).digest(), "path": str(path)}


def show_report(name_or_path: str, overrides: Sequence[str] = ()) -> ConfigReport:
    """Return all settings of a configuration, also those that its file leaves out, as TOML and as JSON.

    Raises:
        ConfigurationError: there is none of that name, or it is not valid.
    """
    config = load_config(name_or_path, overrides=overrides)
    settings, digest = config.settings(), config.digest()
    toml = format_settings(_drop_idle(config, settings)).partition("\n")[2].rstrip("\n")
    path = str(find_config(name_or_path))
    body = {"schema": SHOW_SCHEMA, "config": config.name, "config_digest": digest, "path": path, "settings": settings}
    return ConfigReport(body=body, text=f"# {digest}\n{toml}")


def _drop_idle(config: Config, settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings without the keys that only other optimizers or schedules have."""
    if "optimizer" not in settings:
        return settings
    optimizer = config.optimizer
    idle = dict(list_without_effect(settings["optimizer"], type(optimizer), type(optimizer.schedule)))
    rest = {key: value for key, value in settings["optimizer"].items() if key not in idle}
    return {**settings, "optimizer": rest}


def new_report(path: Path, example: str) -> ConfigReport:
    """Write a new configuration file, a copy of another configuration with every key explained.

    Raises:
        ApplianceError: the path is not usable, or exists; there is no such example, or it is not valid.
    """
    name = write_template(path, example)
    text = f"written to {path}\nedit it, then: {shlex.join(['repro-appliance', 'train', str(path)])}"
    return ConfigReport(body={"schema": NEW_SCHEMA, "config": name, "path": str(path)}, text=text)
