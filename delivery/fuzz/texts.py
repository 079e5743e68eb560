"""Damages bytes, whatever they mean, and lines of TOML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from delivery.fuzz.trees import RAW, TEXTS

if TYPE_CHECKING:
    from random import Random

_VALUE = re.compile(r"(?<=[=\[,]) *([^,\[\]={}\n]+)")
_TOML = (
    "nan", "inf", "1979-05-27", "07:32:00", "0x7fffffffffffffff", "1_000", '"""a\nb"""', "'a'", "[[]]", "{ a = 1 }",
    "[" * 3000, "[\n" * 3000, "{ a = " * 300, "9" * 5000, "9" * 900, '"\\u0000"', '"\\u001b[2J"', '"\\ud800"', "true",
    "4611686018427387904", "1" + "0" * 30, "-1", "0", "0.0", "1e999", "[784, 8, 10]", '[{ kind = "relu" }]',
)  # fmt: skip
_LINES = (
    "a." * 20_000 + "a = 1",
    "a." * 400 + "a = 1",
    "[a]",
    "[[members]]",
    "[data]",
    "= 1",
    "a =",
    "#" * 2000,
    "\x00",
    "\r",
)
_BYTES = (b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\n", b"\r", b"\x1b", b'"', b"[" * 5000, b"\x00" * 5000)


def damage_bytes(data: bytes, random: Random) -> bytes:
    """Return bytes with one to four of them flipped, removed, doubled or put in; or only their beginning."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(found) + 1)
        end = min(len(found), at + random.choice((1, 1, 2, 8, 100)))
        action = random.randrange(6)
        if action == 0:
            del found[at:]
        elif action == 1:
            del found[at:end]
        elif action == 2:  # noqa: PLR2004 - one of six
            found[at:at] = found[at:end]
        elif action == 3:  # noqa: PLR2004 - one of six
            found[at:at] = random.choice(_BYTES)
        elif at < len(found):
            found[at] = found[at] ^ (1 << random.randrange(8)) if action == 4 else random.randrange(256)  # noqa: PLR2004
    return bytes(found)


def damage_toml(text: str, random: Random) -> str:
    """Return TOML with one to three values or lines damaged."""
    for _ in range(random.choice((1, 1, 2, 3))):
        lines = text.split("\n")
        at = random.randrange(len(lines))
        action = random.randrange(7)
        if action == 0:
            del lines[at]
        elif action == 1:
            lines.insert(at, lines[random.randrange(len(lines))] if lines else "")
        elif action == 2:  # noqa: PLR2004 - one of seven
            lines.insert(at, random.choice(_LINES))
        text = "\n".join(lines)
        values = list(_VALUE.finditer(text))
        if action > 2 and values:  # noqa: PLR2004 - one of seven
            place = random.choice(values)
            text = text[: place.start(1)] + _choose_value(place[1], random) + text[place.end(1) :]
    return text


def _choose_value(value: str, random: Random) -> str:
    quoted = (
        '"'
        + random.choice(TEXTS).encode("unicode_escape").decode("ascii").replace('"', "").replace("\\x", "\\u00")
        + '"'
    )
    return random.choice(
        (random.choice(_TOML), random.choice(RAW), quoted, quoted, f"[{value}]", f"-{value}", value * 2)
    )
