"""The strict converter: from a JSON value to the fields of a form, type by type."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, override

from verify.digests import JsonValue
from verify.files.forms import EXTRA, KEY, find_key, is_tolerant

if TYPE_CHECKING:
    from collections.abc import Callable

    Hook = Callable[[Any, Any], Any]

_NAMES = {
    dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "an integer",
    float: "a number with a fraction", type(None): "null",
}  # fmt: skip
CONVERTER = cattrs.Converter(forbid_extra_keys=True)


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
    hook = CONVERTER.get_structure_hook(inner)

    def structure_limited(value: object, _: object) -> object:
        result = hook(value, inner)
        for limit in limits:
            limit.check(result)
        return result

    return structure_limited


def _make_union_hook(kind: Any) -> Hook:  # noqa: ANN401 - a type
    """Return a hook that takes the first type that fits."""
    hooks = [(CONVERTER.get_structure_hook(inner), inner) for inner in get_args(kind) if inner is not NoneType]

    def structure_union(value: object, _: object) -> object:
        if value is None and NoneType in get_args(kind):
            return None
        for hook, inner in hooks[:-1]:
            with suppress(cattrs.BaseValidationError, TypeError, ValueError):
                return hook(value, inner)
        return hooks[-1][0](value, hooks[-1][1])

    return structure_union


def _is_union(kind: Any) -> bool:  # noqa: ANN401 - a type
    """Tell whether a type is one of several, not counting null."""
    return get_origin(kind) in (Union, UnionType) and len([one for one in get_args(kind) if one is not NoneType]) > 1


def _make_list_hook(kind: Any) -> Hook:  # noqa: ANN401 - a type
    inner = get_args(kind)[0]
    hook = CONVERTER.get_structure_hook(inner)

    def structure_list(value: list[object], _: object) -> object:
        _require(value, list)
        return tuple(_structure_entry(hook, inner, item, index) for index, item in enumerate(value))

    return structure_list


def _make_mapping_hook(kind: Any) -> Hook:  # noqa: ANN401 - a type
    inner = get_args(kind)[1]
    hook = CONVERTER.get_structure_hook(inner)

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
        CONVERTER,
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
    CONVERTER.register_structure_hook(_kind, _structure_scalar)
CONVERTER.register_structure_hook_func(_has_origin(Literal), _structure_choice)
CONVERTER.register_structure_hook_factory(attrs.has, _make_form_hook)
CONVERTER.register_structure_hook_factory(_has_origin(tuple), _make_list_hook)
CONVERTER.register_structure_hook_factory(_has_origin(dict, Mapping), _make_mapping_hook)
CONVERTER.register_structure_hook_factory(_has_origin(Annotated), _make_limited_hook)
CONVERTER.register_structure_hook_factory(_is_union, _make_union_hook)
CONVERTER.register_structure_hook_func(lambda kind: kind == JsonValue, _structure_json)
