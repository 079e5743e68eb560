"""Other values for some keys of a configuration, as on a command line: --set training.epochs=3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from appliance.errors import ConfigurationError
from verify.files.toml import parse_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEY = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){0,7}"
_WORD = r"[A-Za-z][A-Za-z0-9._-]*"
_WHERE = "--set"


def apply_overrides(settings: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Return settings with other values; the settings themselves stay as they are.

    Raises:
        ConfigurationError: an override is not KEY=VALUE, its value is no TOML, or its key leads through a value.
    """
    changed = dict(settings)
    for override in overrides:
        key, mark, value = override.partition("=")
        if not mark or not re.fullmatch(_KEY, key.strip(), flags=re.ASCII):
            expected = "KEY=VALUE, such as training.epochs=3"
            raise ConfigurationError("a setting cannot be read", where=_WHERE, expected=expected, found=override)
        changed = _replace(changed, key.strip().split("."), _parse_value(value.strip(), override), key)
    return changed


def _parse_value(text: str, override: str) -> object:
    """Return a value of TOML; a single word needs no quotes."""
    if re.fullmatch(_WORD, text, flags=re.ASCII) and text not in ("true", "false", "inf", "nan"):
        return text
    try:
        table = parse_toml(f"value = {text}".encode())
    except ValueError as error:
        found = f"{override}: {error}"
        raise ConfigurationError(
            "a setting is not TOML", where=_WHERE, expected="a value of TOML", found=found
        ) from error
    if list(table) != ["value"]:
        raise ConfigurationError("a setting is not TOML", where=_WHERE, expected="one value", found=override)
    return table["value"]


def _replace(table: Mapping[str, Any], keys: Sequence[str], value: object, path: str) -> dict[str, Any]:
    if len(keys) == 1:
        return {**table, keys[0]: value}
    inner = table.get(keys[0], {})
    if not isinstance(inner, dict):
        found = f"{path}, but {keys[0]} is no table"
        raise ConfigurationError(
            "a setting leads through a value", where=_WHERE, expected="a key of a table", found=found
        )
    return {**table, keys[0]: _replace(inner, keys[1:], value, path)}
