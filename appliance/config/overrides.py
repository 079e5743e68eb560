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
        ConfigurationError: an override is not KEY=VALUE, its value is no TOML, its key is inside a value, or a key is
            set twice.
    """
    changed, before = dict(settings), dict[str, str]()
    for override in overrides:
        key, mark, value = override.partition("=")
        key = key.strip()
        if not mark or not re.fullmatch(_KEY, key, flags=re.ASCII):
            expected = "KEY=VALUE, such as training.epochs=3"
            raise ConfigurationError("a setting cannot be read", where=_WHERE, expected=expected, found=override)
        if key in before:
            found = [before[key], override]
            raise ConfigurationError("a key is set twice", where=f"{_WHERE} {key}", expected="one value", found=found)
        before[key] = override
        changed = _replace(changed, key.split("."), _parse_value(value.strip(), override), override)
    return changed


def list_options(overrides: Sequence[str]) -> dict[str, str]:
    """Return the words of the command line that replace each key."""
    return {override.partition("=")[0].strip(): f"{_WHERE} {override}" for override in overrides}


def _parse_value(text: str, override: str) -> object:
    """Return a value of TOML; a single word needs no quotes."""
    if re.fullmatch(_WORD, text, flags=re.ASCII) and text not in ("true", "false", "inf", "nan"):
        return text
    try:
        table = parse_toml(f"value = {text}".encode())
    except ValueError as error:
        where = f"{_WHERE} {override}"
        raise ConfigurationError(
            "a setting is not TOML", where=where, expected="a value of TOML", found=error
        ) from error
    if list(table) != ["value"]:
        raise ConfigurationError("a setting is not TOML", where=_WHERE, expected="one value", found=override)
    return table["value"]


def _replace(table: Mapping[str, Any], keys: Sequence[str], value: object, override: str) -> dict[str, Any]:
    if len(keys) == 1:
        return {**table, keys[0]: value}
    inner = table.get(keys[0], {})
    if not isinstance(inner, dict):
        raise ConfigurationError(
            "a key inside a value cannot be set",
            where=f"{_WHERE} {override}",
            expected="a key of a table",
            found=f"{keys[0]}, which is no table",
        )
    return {**table, keys[0]: _replace(inner, keys[1:], value, override)}
