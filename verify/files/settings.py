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
    return _HEAD + "\n".join(_format_table(settings, ())) + "\n"


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


def _format_table(table: JsonObject, path: tuple[str, ...]) -> list[str]:
    """Return the lines of a table: its plain keys, then the tables inside it, each under the path of its key.

    A list of tables inside a section, such as `data.csv.columns`, has a heading for each of them, so that no line is
    too long to be read.
    """
    inner = {key: value for key, value in sorted(table.items()) if _is_table(value, len(path))}
    lines = [f"{_format_key(key)} = {format_entry(value)}" for key, value in sorted(table.items()) if key not in inner]
    for key, value in inner.items():
        heading = ".".join(map(_format_key, (*path, key)))
        for entry in [value] if isinstance(value, Mapping) else value if isinstance(value, Sequence) else []:
            lines += ["", f"[{heading}]" if isinstance(value, Mapping) else f"[[{heading}]]"]
            lines += _format_table(entry, (*path, key)) if isinstance(entry, Mapping) else []
    return lines


def _is_table(value: JsonValue, depth: int) -> bool:
    """Tell whether a value has a heading of its own; lists of tables have none directly in a section."""
    if isinstance(value, Mapping):
        return True
    return (
        depth > 1
        and isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(item, Mapping) for item in value)
    )


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
