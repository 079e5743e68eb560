"""The growth rule: a setting that is newer than config/1 is hashed only where it differs from its default.

Part of bits 2. Goldens hold the digest of all settings. With this rule a new optional setting leaves every earlier
digest as it is.
"""

from __future__ import annotations

from typing import Any

import attrs

_NEWER = "newer than config/1"
_ENTRIES = "entries"
_PLACE = "a place, not a setting"


def newer(**options: Any) -> Any:  # noqa: ANN401 - as attrs.field
    """Return an attrs field that is newer than config/1 and has a default; arguments are those of `attrs.field`."""
    if "default" not in options and "factory" not in options:
        raise TypeError("a setting that is newer than config/1 needs a default")
    return attrs.field(metadata={**options.pop("metadata", {}), _NEWER: True}, **options)


def place() -> Any:  # noqa: ANN401 - as attrs.field
    """Return an attrs field for a place on this machine, None if not known: no setting, never written or hashed."""
    return attrs.field(default=None, eq=False, repr=False, metadata={_PLACE: True})


def entries_of(kind: type[Any]) -> dict[str, Any]:
    """Return the metadata of a field that holds a list of tables, each with the settings of a class."""
    return {_ENTRIES: kind}


def read_entries(field: attrs.Attribute[Any]) -> type[Any] | None:
    """Return the class of the entries of a field; None for any other field."""
    kind: type[Any] | None = field.metadata.get(_ENTRIES)
    return kind


def list_settings(kind: type[Any]) -> list[attrs.Attribute[Any]]:
    """Return the fields of a section that are settings."""
    return [field for field in attrs.fields(kind) if not field.metadata.get(_PLACE)]


def write_section(section: attrs.AttrsInstance) -> dict[str, Any]:
    """Return a section's settings by name, without newer ones that have their default.

    A section inside it is a table, a tuple a list; a value that knows its own settings is what these are.
    """
    settings = {}
    for field in list_settings(type(section)):
        value = getattr(section, field.name)
        if not (field.metadata.get(_NEWER) and value == find_default(field)):
            settings[field.name] = _write_value(value)
    return settings


def _write_value(value: Any) -> Any:  # noqa: ANN401 - any setting
    if callable(settings := getattr(value, "settings", None)):
        return settings()
    if attrs.has(type(value)):
        return write_section(value)
    return [_write_value(item) for item in value] if isinstance(value, tuple) else value


def find_default(field: attrs.Attribute[Any]) -> object:
    """Return the default value of an attrs field."""
    default: Any = field.default
    return default.factory() if hasattr(default, "factory") else default
