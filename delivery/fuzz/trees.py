"""Damages JSON values: types, keys, numbers, texts, depth; writes also what no strict writer would write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

_DEPTHS = (3, 63, 64, 65, 900, 20_000)


class Raw(str):
    """Text that is written as it stands, such as NaN."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object in which a key may stand twice."""


RAW = (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "-0.0", "1E400", "0x10", "01", "+1", ".5", "1.",
    "9" * 5000, "-" + "9" * 400, "1." + "0" * 3000, "18446744073709551616", "9223372036854775808", '"\\ud800"',
    '"\\udfff\\ud800"', '"\\u0000"', "'a'", "nul", "", "//", "{", "[", "]", "}", ",", ":",
)  # fmt: skip
TEXTS = (
    "", " ", "a", "..", "../..", "/dev/zero", "/dev/stdin", "-oProxyCommand=x", "--all", "a\nb", "\x1b[2J",
    "::error::x", "##[group]", "<img src=x>", "a|b", "\u202e", "\ud800", "\x00", "0x1p99999", "-0x1.0p+9999",
    "0x1.8p+1", "nan", "inf", "sha256:", "sha256:" + "0" * 64, "sha256:" + "g" * 64, "sha256:" + "0" * 65,
    "1e999", "a" * 300, "é" * 70, "a" * 20_000,
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 2**31, 2**53 + 1, 2**62, 2**63, 2**64, 2**65, 10**30, 0.0, -0.0, 0.5, 1.0, 1e308,
    5e-324, [], {}, [[]], [{}], {"": None}, ["a"], [1], [None], {"a": 1}, {"schema": 1}, [0] * 50, ["x"] * 1000,
)  # fmt: skip


def damage_tree(value: Any, random: Random) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with one to three places damaged."""
    root = [convert(value)]
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = list_places(root)
        if places:
            _damage_place(*random.choice(places), random)
    return root[0] if root else Raw("")


def convert(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with `Pairs` for objects."""
    if isinstance(value, dict):
        return Pairs((key, convert(item)) for key, item in value.items())
    return [convert(item) for item in value] if isinstance(value, list) else value


def list_places(root: Any) -> list[tuple[Any, int]]:  # noqa: ANN401 - any JSON value
    """Return every place of a value as its list with an index."""
    found, queue = [], [root]
    while queue:
        holder = queue.pop()
        for index, entry in enumerate(holder):
            item = entry[1] if isinstance(holder, Pairs) else entry
            found.append((holder, index))
            if isinstance(item, list):
                queue.append(item)
    return found


def _damage_place(holder: Any, index: int, random: Random) -> None:  # noqa: ANN401 - a list or Pairs
    named = isinstance(holder, Pairs)
    action = random.choice(("other", "other", "other", "change", "change", "delete", "double", "name", "swap"))
    key, item = holder[index] if named else (None, holder[index])
    if action == "delete":
        del holder[index]
    elif action == "double":
        holder.insert(index, (key, _choose(random)) if named else item)
    elif action == "swap":
        other = random.randrange(len(holder))
        holder[index], holder[other] = holder[other], holder[index]
    elif action == "name" and named:
        holder[index] = (random.choice((*TEXTS, str(key).upper(), f"{key} ")), item)
    else:
        new = change_value(item, random) if action == "change" else _choose(random)
        holder[index] = (key, new) if named else new


def _choose(random: Random) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that some reader may not expect."""
    kind = random.randrange(8)
    if kind == 0:
        depth = random.choice(_DEPTHS)
        return Raw("[" * depth + "]" * depth if random.randrange(2) else '{"a":' * depth + "1" + "}" * depth)
    if kind == 1:
        return Raw(random.choice(RAW))
    return convert(random.choice(TEXTS if kind <= 4 else VALUES))  # noqa: PLR2004 - a new value, which may be damaged


def change_value(value: Any, random: Random) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that resembles this one: of the next type, one more or less, one character off."""
    if isinstance(value, bool) or value is None:
        return random.choice((not value, int(bool(value)), str(value)))
    if isinstance(value, int | float):
        near = (value + 1, value - 1, -value, value * 2**40, float(value), int(value), str(value), [value], value / 3)
        return random.choice(near)
    if isinstance(value, str):
        at = random.randrange(len(value) + 1)
        insert = random.choice(TEXTS[:24])
        return random.choice(
            (value[:at] + insert + value[at:], value[:at], value[at:], value.upper(), [value], value * 2)
        )
    shorter = value[: len(value) // 2]
    return random.choice(([value], Pairs([("a", value)]), [], str(len(value)), shorter, value * 2))


def write_tree(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the text of a damaged value; only part of it is JSON."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Pairs | dict):
        pairs = value.items() if isinstance(value, dict) else value
        return "{" + ",".join(f"{json.dumps(key)}:{write_tree(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write_tree(item) for item in value) + "]"
    return json.dumps(value)
