"""What a setting may be: validators that several sections share, each with its limits in words."""

from __future__ import annotations

import json
import numbers
import operator
import re
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    Validator = Callable[[Any, attrs.Attribute[Any], Any], Any]

# Far above what is useful, far below what overflows a counter or an index.
LARGEST_WIDTH = 2**20
LARGEST_COUNT = 2**32 - 1
"""Samples in a file of data; more do not fit into its header."""
MOST_CLASSES = 2**20
LARGEST_EPOCHS = 10**6
MOST_LAYERS = 1000
MOST_PARAMETERS = 2**31
# The key of a field's metadata that says what the setting is, for docs/configuration.md and for templates.
_ABOUT = "about"
_MOST_DIMENSIONS = 8
_LONGEST = 60  # characters of a value that are shown

Field = TypeVar("Field", bound="attrs.Attribute[Any]")


def _keep(value: object) -> object:
    return value


def to_whole(value: object) -> object:
    """Return an integer of NumPy as one of Python; anything else as it is.

    >>> to_whole(3), to_whole(3.0), to_whole(True)
    (3, 3.0, True)
    """
    return operator.index(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else value


def to_number(value: object) -> object:
    """Return any real number as a float of Python; anything else, and what no float can be, as it is.

    >>> to_number(1), to_number(0.5), to_number(True), to_number("1")
    (1.0, 0.5, True, '1')
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return value
    try:
        return float(value)
    except OverflowError:
        return value


@attrs.frozen
class Limit:
    """What a setting may be, in words; as a validator it refuses anything else.

    Attributes:
        words: what is allowed.
        allows: whether a value is.
        convert: turns what programs give in its place, such as numbers of NumPy, into what a file has.
    """

    words: str
    allows: Callable[[Any], bool]
    convert: Callable[[Any], Any] = _keep

    def __call__(self, settings: object, field: attrs.Attribute[Any], value: object) -> None:
        """Keep the converted value; raise ValueError for one that the setting may not have."""
        converted = self.convert(value)
        if not self.allows(converted):
            raise ValueError(f"{field.name}: expected {self.words}, found {show_value(value)}")
        if settings is not None and converted is not value:
            object.__setattr__(settings, field.name, converted)


def count(minimum: int, maximum: int) -> Limit:
    """Return the limit for whole numbers from `minimum` to `maximum`."""
    words = f"a whole number from {minimum} to {maximum}"
    return Limit(words, lambda value: type(value) is int and minimum <= value <= maximum, to_whole)


def fraction(*, one: bool = False) -> Limit:
    """Return the limit for numbers from 0 to 1, without 1 unless `one`."""
    if one:
        return Limit("a number from 0 to 1", lambda value: isinstance(value, float) and 0.0 <= value <= 1.0, to_number)
    return Limit("a number from 0 to below 1", lambda value: isinstance(value, float) and 0.0 <= value < 1.0, to_number)


def below(limit: float) -> Limit:
    """Return the limit for numbers from 0 to below another number."""
    words = f"a number from 0 to below {limit:.0f}"
    return Limit(words, lambda value: isinstance(value, float) and 0.0 <= value < limit, to_number)


def positive(limit: float, *, included: bool = False) -> Limit:
    """Return the limit for numbers above 0 and below another number, which may be `included`."""
    if included:
        words = f"a number above 0, at most {limit:g}"
        return Limit(words, lambda value: isinstance(value, float) and 0.0 < value <= limit, to_number)
    words = f"a number above 0 and below {limit:.0f}"
    return Limit(words, lambda value: isinstance(value, float) and 0.0 < value < limit, to_number)


def flag() -> Limit:
    """Return the limit for truth values."""
    return Limit("true or false", lambda value: type(value) is bool)


def text(pattern: str, words: str) -> Limit:
    """Return the limit for texts that a pattern matches as a whole."""
    return Limit(words, lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None)


def choice(*names: str) -> Limit:
    """Return the limit for one of some texts."""
    return Limit(join_names(names), lambda value: isinstance(value, str) and value in names)


def _is_shape(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) <= _MOST_DIMENSIONS
        and all(type(length) is int and 0 < length <= LARGEST_COUNT for length in value)
    )


SHAPE = Limit(f"up to {_MOST_DIMENSIONS} whole numbers above 0, such as [28, 28]", _is_shape)
FLAG = Limit("true or false", lambda value: isinstance(value, bool))


def join_names(names: tuple[str, ...] | list[str]) -> str:
    """Return names between quotes, as alternatives: "a", "b" or "c"."""
    quoted = [f'"{name}"' for name in names]
    return " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def about(words: str) -> dict[str, str]:
    """Return the metadata of a field that says in words what the setting is."""
    return {_ABOUT: words}


def read_about(field: attrs.Attribute[Any]) -> str:
    """Return what a setting is, in words; empty where nobody said it."""
    return str(field.metadata.get(_ABOUT, ""))


def describe_allowed(field: attrs.Attribute[Any]) -> str:
    """Return what a setting may be, in words."""
    limit = cast("Any", field.validator)
    return str(getattr(limit, "words", "another value"))


def show_value(value: object) -> str:
    """Return a value as it stands in a file, cut where it is long."""
    if isinstance(value, bool | str | dict | list):
        try:
            shown = json.dumps(value, ensure_ascii=False)
        except (TypeError, ValueError):
            shown = str(value)
    else:
        shown = str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
