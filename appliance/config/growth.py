"""The growth rule: a setting that is newer than config/1 is hashed only where it differs from its default.

Part of bits 2. Goldens hold the digest of all settings. With this rule a new optional setting leaves every earlier
digest as it is.
"""

from __future__ import annotations

from typing import Any

import attrs

_NEWER = "newer than config/1"


def newer(**options: Any) -> Any:  # noqa: ANN401 - as attrs.field
    """Return an attrs field that is newer than config/1 and has a default; arguments are those of `attrs.field`."""
    if "default" not in options and "factory" not in options:
        raise TypeError("a setting that is newer than config/1 needs a default")
    return attrs.field(metadata={**options.pop("metadata", {}), _NEWER: True}, **options)


def write_section(section: attrs.AttrsInstance) -> dict[str, Any]:
    """Return a section's settings by name, without newer ones that have their default."""
    settings = {}
    for field in attrs.fields(type(section)):
        value = getattr(section, field.name)
        if not (field.metadata.get(_NEWER) and value == find_default(field)):
            settings[field.name] = value
    return settings


def find_default(field: attrs.Attribute[Any]) -> object:
    """Return the default value of an attrs field."""
    default: Any = field.default
    return default.factory() if hasattr(default, "factory") else default
