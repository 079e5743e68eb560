"""Typed values from JSON values, strictly, and JSON values from typed values.

A form is a frozen attrs class; its fields are the keys of a JSON object. A field without a default is a key that must
be there; a field with a default may be absent. The metadata KEY gives a key that is no name in Python, OMIT leaves a
key out while it has its default, and a field called `extra` keeps unknown keys, for files that other versions may have
written. Everything else is refused: unknown keys, 1 for 1.0, true for 1, a text for a list.

Modules with forms do not postpone the evaluation of annotations, because the types are read while running.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, override

from verify.digests import JsonValue

if TYPE_CHECKING:
    from collections.abc import Callable

    Hook = Callable[[Any, Any], Any]

Form = TypeVar("Form")

KEY, OMIT, EXTRA = "key", "omit", "extra"
_MOST_PROBLEMS = 5
_NAMES = {
    dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "an integer",
    float: "a number with a fraction", type(None): "null",
}  # fmt: skip
_converter = cattrs.Converter(forbid_extra_keys=True)


def find_key(field: attrs.Attribute[Any]) -> str:
    """Return the JSON key of a form's field."""
    return str(field.metadata.get(KEY, field.name))


def is_tolerant(form: type[Any]) -> bool:
    """Tell whether a form keeps unknown keys."""
    return any(field.name == EXTRA for field in attrs.fields(form))


def structure(value: JsonValue, form: type[Form]) -> Form:
    """Return the typed value of a JSON value.

    Raises:
        ValueError: it does not have this form; the text lists up to five problems, each with its place.
    """
    try:
        return _converter.structure(value, form)
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


def _require(value: object, kind: type[Any]) -> None:
    if type(value) is not kind:
        found = _NAMES.get(type(value), type(value).__name__)
        raise TypeError(f"expected {_NAMES[kind]}, found {found}")


def _structure_scalar(value: object, kind: type[Any]) -> object:
    _require(value, kind)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("expected a finite number")
    return value


def _structure_choice(value: object, kind: Any) -> object:  # noqa: ANN401 - a type
    choices = get_args(kind)
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"expected {' or '.join(choices)}, found {str(value)[:80]!r}")
    return value


def _structure_json(value: object, _: object) -> object:
    return value


def _make_limited_hook(kind: Any) -> Hook:  # noqa: ANN401 - a type
    inner, *limits = get_args(kind)
    hook = _converter.get_structure_hook(inner)

    def structure_limited(value: object, _: object) -> object:
        result = hook(value, inner)
        for limit in limits:
            limit.check(result)
        return result

    return structure_limited


def _make_list_hook(kind: Any) -> Hook:  # noqa: ANN401 - a type
    inner = get_args(kind)[0]
    hook = _converter.get_structure_hook(inner)

    def structure_list(value: list[object], _: object) -> object:
        _require(value, list)
        return tuple(_structure_entry(hook, inner, item, index) for index, item in enumerate(value))

    return structure_list


def _make_mapping_hook(kind: Any) -> Hook:  # noqa: ANN401 - a type
    inner = get_args(kind)[1]
    hook = _converter.get_structure_hook(inner)

    def structure_mapping(value: dict[str, object], _: object) -> object:
        _require(value, dict)
        return {key: _structure_entry(hook, inner, item, key) for key, item in value.items()}

    return structure_mapping


def _structure_entry(hook: Hook, kind: Any, item: object, place: int | str) -> object:  # noqa: ANN401 - a type
    """Structure one entry of a list or an object; the first problem ends it, so that errors stay small."""
    try:
        return hook(item, kind)
    except (cattrs.BaseValidationError, TypeError, ValueError) as error:
        error.add_note(cattrs.IterableValidationNote(f"at {place}", place, kind))
        raise cattrs.IterableValidationError("an entry", [error], kind) from error


def _make_form_hook(form: type[Any]) -> Hook:
    fields, tolerant = attrs.fields(attrs.resolve_types(form)), is_tolerant(form)
    renames = {f.name: override(omit=True) if f.name == EXTRA else override(rename=find_key(f)) for f in fields}
    hook: Hook = make_dict_structure_fn(
        form,
        _converter,
        _cattrs_forbid_extra_keys=not tolerant,
        **renames,  # type: ignore[arg-type]
    )
    known = {find_key(field) for field in fields if field.name != EXTRA}
    renamed = {field.name: find_key(field) for field in fields if KEY in field.metadata}

    def structure_form(value: dict[str, object], _: object) -> object:
        _require(value, dict)
        try:
            result = hook(value, form)
        except cattrs.ClassValidationError as error:
            _name_keys(error, renamed)
            raise
        if not tolerant:
            return result
        return attrs.evolve(result, **{EXTRA: {key: item for key, item in value.items() if key not in known}})

    return structure_form


def _name_keys(error: cattrs.ClassValidationError, renamed: Mapping[str, str]) -> None:
    """Let the places in an error name JSON keys instead of fields."""
    for problem in error.exceptions:
        notes = getattr(problem, "__notes__", [])
        for index, note in enumerate(notes):
            if isinstance(note, cattrs.AttributeValidationNote) and note.name in renamed:
                notes[index] = cattrs.AttributeValidationNote(str(note), renamed[note.name], note.type)


def _has_origin(*origins: object) -> Callable[[Any], bool]:
    """Return a test of types: whether a type such as tuple[int, ...] was made from one of these."""
    return lambda kind: get_origin(kind) in origins


for _kind in (bool, int, float, str):
    _converter.register_structure_hook(_kind, _structure_scalar)
_converter.register_structure_hook_func(_has_origin(Literal), _structure_choice)
_converter.register_structure_hook_factory(attrs.has, _make_form_hook)
_converter.register_structure_hook_factory(_has_origin(tuple), _make_list_hook)
_converter.register_structure_hook_factory(_has_origin(dict, Mapping), _make_mapping_hook)
_converter.register_structure_hook_factory(_has_origin(Annotated), _make_limited_hook)
_converter.register_structure_hook_func(lambda kind: kind == JsonValue, _structure_json)
