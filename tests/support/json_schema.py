"""A validator for the part of JSON Schema that the project's schemas use; anything else in a schema is an error."""

from __future__ import annotations

import re
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
_KNOWN = {
    "$schema", "$id", "$defs", "$ref", "type", "description", "properties", "required", "additionalProperties",
    "items", "anyOf", "enum", "const", "pattern", "minimum", "minItems", "minProperties",
}  # fmt: skip


def list_errors(value: Any, schema: Any, root: Any = None, place: str = "$") -> list[str]:  # noqa: ANN401 - any JSON
    """Return what is wrong with a JSON value, each with its place; empty for a valid one."""
    root = schema if root is None else root
    if schema is True:
        return []
    assert isinstance(schema, dict), schema
    assert set(schema) <= _KNOWN, schema
    if "$ref" in schema:
        return list_errors(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, place)
    if "anyOf" in schema:
        choices = [list_errors(value, choice, root, place) for choice in schema["anyOf"]]
        return [] if [] in choices else [error for choice in choices for error in choice]
    errors = [f"{place}: {name}" for name, wrong in _check_scalar(value, schema).items() if wrong]
    if isinstance(value, dict):
        errors += _check_object(value, schema, root, place)
    if isinstance(value, list):
        entries = enumerate(value)
        errors += [
            e for i, item in entries for e in list_errors(item, schema.get("items", True), root, f"{place}[{i}]")
        ]
    return errors


def _check_scalar(value: Any, schema: Any) -> dict[str, bool]:  # noqa: ANN401 - any JSON
    types = _TYPES[schema["type"]] if "type" in schema else (object,)
    fits = isinstance(value, types) and not (isinstance(value, bool) and bool not in types and types != (object,))
    number = isinstance(value, int | float)
    return {
        "type": not fits,
        "const": "const" in schema and value != schema["const"],
        "enum": "enum" in schema and value not in schema["enum"],
        "pattern": isinstance(value, str) and not re.search(schema.get("pattern", ""), value),
        "minimum": number and value < schema.get("minimum", value),
        "minItems": isinstance(value, list) and len(value) < schema.get("minItems", 0),
        "minProperties": isinstance(value, dict) and len(value) < schema.get("minProperties", 0),
    }


def _check_object(value: dict[str, Any], schema: Any, root: Any, place: str) -> list[str]:  # noqa: ANN401 - any JSON
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    errors = [f"{place}: without {name}" for name in schema.get("required", ()) if name not in value]
    for name, item in value.items():
        if name not in properties and rest is False:
            errors.append(f"{place}: unknown {name}")
        else:
            errors += list_errors(item, properties.get(name, rest), root, f"{place}.{name}")
    return errors
