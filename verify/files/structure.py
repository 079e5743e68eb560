"""Typed values from JSON values, strictly, and JSON values from typed values; see `verify.files.forms`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import cattrs

from verify.files.converter import CONVERTER
from verify.files.forms import EXTRA, OMIT, find_key

if TYPE_CHECKING:
    from verify.digests import JsonValue

Form = TypeVar("Form")

_MOST_PROBLEMS = 5


def structure(value: JsonValue, form: type[Form]) -> Form:
    """Return the typed value of a JSON value.

    Raises:
        ValueError: it does not have this form; the text lists up to five problems, each with its place.
    """
    try:
        return CONVERTER.structure(value, form)
    except cattrs.BaseValidationError as error:
        problems = cattrs.transform_error(error, path="", format_exception=_describe_problem)
    except (TypeError, ValueError) as error:
        problems = [str(error)]
    more = [f"{len(problems) - _MOST_PROBLEMS} more"] if len(problems) > _MOST_PROBLEMS else []
    raise ValueError("; ".join([*map(_put_place_first, problems[:_MOST_PROBLEMS]), *more]))


def to_json(value: object) -> JsonValue:
    """Return the JSON value of a typed value, of a JSON value, or of lists and mappings of either."""
    if attrs.has(type(value)):
        rows: dict[str, JsonValue] = {}
        kind: Any = type(value)
        for field in attrs.fields(kind):
            item = getattr(value, field.name)
            if field.name == EXTRA:
                rows.update(item)
            elif not (field.metadata.get(OMIT) and item == field.default):
                rows[find_key(field)] = to_json(item)
        return rows
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _put_place_first(problem: str) -> str:
    text, _, place = problem.rpartition(" @ ")
    place = place.removeprefix(".")
    return f"{place}: {text}" if text and place else text or problem


def _describe_problem(error: BaseException, _: type[Any] | None) -> str:
    if isinstance(error, KeyError):
        return "the key is missing"
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        names = sorted(error.extra_fields)
        return f"unknown keys: {', '.join(names[:_MOST_PROBLEMS])}"
    return str(error)
