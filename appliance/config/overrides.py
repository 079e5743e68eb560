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
_OPENING, _CLOSING = "[{", "]}"


def apply_overrides(settings: Mapping[str, Any], overrides: Sequence[str], option: str = _WHERE) -> dict[str, Any]:
    """Return settings with other values; the settings themselves stay as they are.

    Args:
        settings: as they were read.
        overrides: KEY=VALUE each.
        option: the option that gave them, for errors.

    Raises:
        ConfigurationError: an override is not KEY=VALUE, its value is no TOML, its key is inside a value, or a key is
            set twice.
    """
    changed, before = dict(settings), dict[str, str]()
    for override in overrides:
        key, words = read_key(override, option), f"{option} {override}"
        if key in before:
            found = [before[key], override]
            raise ConfigurationError("a key is set twice", where=f"{option} {key}", expected="one value", found=found)
        before[key] = override
        value = _parse_value(override.partition("=")[2].strip(), words)
        changed = _replace(changed, key.split("."), value, words)
    return changed


def read_key(override: str, option: str = _WHERE) -> str:
    """Return the key of KEY=VALUE.

    Raises:
        ConfigurationError: the text has another form.
    """
    key, mark, _ = override.partition("=")
    key = key.strip()
    if not mark or not re.fullmatch(_KEY, key, flags=re.ASCII):
        expected = "KEY=VALUE, such as training.epochs=3"
        raise ConfigurationError("a setting cannot be read", where=option, expected=expected, found=override)
    return key


def split_values(text: str) -> tuple[str, ...]:
    """Return the values of V1,V2,...; a comma inside brackets, braces or quotes belongs to a value.

    >>> split_values('32, [784, 10], {name = "a,b"}')
    ('32', '[784, 10]', '{name = "a,b"}')
    """
    values, depth, quote = [""], 0, ""
    for letter in text:
        if letter == "," and not depth and not quote:
            values.append("")
            continue
        values[-1] += letter
        if quote or letter in "\"'":
            quote = "" if letter == quote else quote or letter
        else:
            depth += (letter in _OPENING) - (letter in _CLOSING)
    return tuple(value.strip() for value in values)


def list_options(overrides: Sequence[str], option: str = _WHERE) -> dict[str, str]:
    """Return the words of the command line that replace each key."""
    return {override.partition("=")[0].strip(): f"{option} {override}" for override in overrides}


def _parse_value(text: str, words: str) -> object:
    """Return a value of TOML; a single word needs no quotes."""
    if re.fullmatch(_WORD, text, flags=re.ASCII) and text not in ("true", "false", "inf", "nan"):
        return text
    try:
        table = parse_toml(f"value = {text}".encode())
    except ValueError as error:
        raise ConfigurationError(
            "a setting is not TOML", where=words, expected="a value of TOML", found=error
        ) from error
    if list(table) != ["value"]:
        raise ConfigurationError("a setting is not TOML", where=words, expected="one value", found=text)
    return table["value"]


def _replace(table: Mapping[str, Any], keys: Sequence[str], value: object, words: str) -> dict[str, Any]:
    if len(keys) == 1:
        return {**table, keys[0]: value}
    inner = table.get(keys[0], {})
    if not isinstance(inner, dict):
        raise ConfigurationError(
            "a key inside a value cannot be set",
            where=words,
            expected="a key of a table",
            found=f"{keys[0]}, which is no table",
        )
    return {**table, keys[0]: _replace(inner, keys[1:], value, words)}
