"""The file config.toml of a run: all settings as TOML, from which the run can be trained again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from verify.digests import digest_json
from verify.files.toml import parse_toml

if TYPE_CHECKING:
    from verify.digests import JsonObject, JsonValue

CONFIG_NAME = "config.toml"
_LONG = 100
_HEAD = "# All settings of a run. To train it again: repro-appliance train --config config.toml\n"
_BARE = re.compile(r"[A-Za-z0-9_-]+", flags=re.ASCII)
_BEYOND = re.compile(r"[\x7f-\U0010ffff]")


def format_settings(settings: JsonObject) -> str:
    """Return settings as the text of a TOML file that reads back to the same JSON value.

    Raises:
        ValueError: a value has no form in TOML: null, a number that is not finite.
    """
    scalars = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    sections = {key: value for key, value in sorted(settings.items()) if isinstance(value, Mapping)}
    lines = [*_format_pairs(scalars)]
    for key, section in sections.items():
        lines += ["", f"[{_format_key(key)}]", *_format_pairs(section)]
    return _HEAD + "\n".join(lines) + "\n"


def digest_settings(data: bytes, settings: JsonObject) -> str:
    """Return the digest of the settings in the bytes of config.toml.

    Only the text that `format_settings` writes for these settings is parsed; of any other text the first line that
    differs is returned in words, so that no text of unknown origin reaches the parser.
    """
    try:
        expected = format_settings(settings).encode()
        if data == expected:
            return digest_json(parse_toml(expected))
    except (ValueError, RecursionError) as error:
        return f"none: {error}"
    lines, found = expected.split(b"\n"), data.split(b"\n")
    pairs = zip_longest(lines, found, fillvalue=b"(no line)")
    number, line = next((number, b) for number, (a, b) in enumerate(pairs, start=1) if a != b)
    return f"another text in line {number}: {line[:80].decode('utf-8', errors='replace')!r}"


def _format_pairs(values: JsonObject) -> list[str]:
    return [f"{_format_key(key)} = {format_entry(value)}" for key, value in sorted(values.items())]


def format_entry(value: JsonValue) -> str:
    """Return the value of a key; a long list has a line for each of its entries."""
    text = _format_value(value)
    if len(text) <= _LONG or isinstance(value, str) or not isinstance(value, Sequence):
        return text
    return "[\n" + "".join(f"  {_format_value(item)},\n" for item in value) + "]"


def _format_key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _format_text(key)


def _format_value(value: JsonValue) -> str:
    if isinstance(value, str):
        return _format_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, Mapping):
        return (
            "{ "
            + ", ".join(f"{_format_key(key)} = {_format_value(item)}" for key, item in sorted(value.items()))
            + " }"
        )
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_format_value, value)) + "]"
    raise ValueError(f"TOML has no form for {value!r}")


def _format_text(text: str) -> str:
    """Return a text between quotes; TOML escapes as JSON does, but for characters beyond ASCII."""
    return _BEYOND.sub(lambda match: f"\\U{ord(match[0]):08x}", json.dumps(text, ensure_ascii=False))
