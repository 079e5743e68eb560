"""The keys of every section, with their types."""

from __future__ import annotations

from typing import Any

import attrs

from appliance.config.growth import list_settings
from appliance.config.optimizers import OPTIMIZERS, SCHEDULES
from appliance.config.own_data import DATA_SECTIONS
from appliance.config.schema import Config, DataConfig, TrainingConfig


def list_fields(kind: Any) -> dict[str, attrs.Attribute[Any]]:  # noqa: ANN401 - any class of settings
    """Return the keys of a section by name, with their types."""
    return {field.name: field for field in list_settings(attrs.resolve_types(kind))}


def find_homes(key: str) -> list[str]:
    """Return the paths of the keys that have this name in any section, such as training.epochs."""
    names = {"": Config, "data": DataConfig, "training": TrainingConfig}
    paths = [join_path(section, key) for section, kind in names.items() if key in list_fields(kind)]
    kinds = (*OPTIMIZERS.values(), *SCHEDULES.values())
    paths += [f"optimizer.{key}"] if any(key in list_fields(kind) for kind in kinds) else []
    return paths or [f"data.{name}.{key}" for name, kind in DATA_SECTIONS.items() if key in list_fields(kind)]


def join_path(path: str, key: str) -> str:
    """Return the path of a key in a section; the file itself has the empty path."""
    return f"{path}.{key}" if path else key
