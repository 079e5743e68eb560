"""JSON Schemas (2020-12) made from the forms of files: `python -m verify.files.schemas docs/schema`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import attrs

from verify.digests import JsonValue
from verify.files.answers import FIXED_WORLD, SHRINK_ANSWER, VARY_ANSWER
from verify.files.array_golden import ARRAY_GOLDEN
from verify.files.bundle import BUNDLE
from verify.files.checkpoint import CHECKPOINT
from verify.files.cost_answers import COST_ANSWER, COST_RUNS
from verify.files.difference_answers import DIFF_ANSWER, WHY_ANSWER
from verify.files.fingerprint import FINGERPRINT
from verify.files.forms import EXTRA, find_key, is_tolerant
from verify.files.golden import GOLDEN
from verify.files.listing_answers import LISTINGS
from verify.files.machine import MACHINE
from verify.files.measured_answers import BENCHMARK_ANSWER, SWEEP_ANSWER, TORCH_ANSWER
from verify.files.pins import PINS
from verify.files.record import RECORD, EpochRow
from verify.files.reports import AGREEMENT, CERTIFICATE, ERROR, VERIFICATION
from verify.files.run_list import RUN_LIST
from verify.files.trace import TRACE, Event
from verify.files.trial_answers import (
    PROVE_ANSWER,
    PROVE_SELF_TEST,
    SELF_TEST,
    TRACE_SUMMARY,
    VARY_SELF_TEST,
    WHY_SELF_TEST,
)
from verify.files.writing import format_json, write_whole

if TYPE_CHECKING:
    from verify.files.kinds import FileKind

    Schema = dict[str, JsonValue]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: Mapping[str, FileKind[Any]] = {
    "record": RECORD,
    "golden": GOLDEN,
    "array-golden": ARRAY_GOLDEN,
    "fingerprint": FINGERPRINT,
    "machine": MACHINE,
    "checkpoint": CHECKPOINT,
    "bundle": BUNDLE,
    "runs": RUN_LIST,
    "certificate": CERTIFICATE,
    "verification": VERIFICATION,
    "agreement": AGREEMENT,
    "pins": PINS,
    "error": ERROR,
    "trace": TRACE,
    "vary": VARY_ANSWER,
    "shrink": SHRINK_ANSWER,
    "world": FIXED_WORLD,
}
ANSWERS: Mapping[str, FileKind[Any]] = {
    "diff": DIFF_ANSWER,
    "why": WHY_ANSWER,
    "why-self-test": WHY_SELF_TEST,
    "vary-self-test": VARY_SELF_TEST,
    "self-test": SELF_TEST,
    "prove": PROVE_ANSWER,
    "prove-self-test": PROVE_SELF_TEST,
    "trace-summary": TRACE_SUMMARY,
    "benchmark": BENCHMARK_ANSWER,
    "sweep": SWEEP_ANSWER,
    "against-torch": TORCH_ANSWER,
    "cost": COST_ANSWER,
    "cost-runs": COST_RUNS,
    **LISTINGS,
}
"""What else commands print with --json."""
LINES: Mapping[str, type[Any]] = {"history": EpochRow, "event": Event}
"""Files of which every line is a JSON object."""
_SCALARS: Mapping[object, str] = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}


def build_schema(kind: FileKind[Any]) -> Schema:
    """Return the JSON Schema of a kind of file."""
    shared: dict[str, Schema] = {}
    body = _describe_form(kind.form, shared)
    properties = body["properties"]
    required = body["required"]
    if not isinstance(properties, dict) or not isinstance(required, list):
        raise TypeError(f"{kind.form.__name__} is no form")
    return {
        "$schema": DIALECT,
        "$id": f"urn:{kind.schema.replace('/', ':')}",
        **body,
        "properties": {"schema": {"const": kind.schema}, **properties},
        "required": ["schema", *required],
        "$defs": dict(sorted(shared.items())),
    }


def build_line_schema(name: str = "history") -> Schema:
    """Return the JSON Schema of one line of history.jsonl, or of the events of a trace."""
    shared: dict[str, Schema] = {}
    body = _describe_form(LINES[name], shared)
    definitions: Schema = {"$defs": dict(sorted(shared.items()))} if shared else {}
    return {"$schema": DIALECT, "$id": f"urn:repro-appliance:{name}:1", **body, **definitions}


def list_schemas() -> dict[str, str]:
    """Return the text of every schema by file name."""
    schemas = {f"{name}.json": build_schema(kind) for name, kind in {**KINDS, **ANSWERS}.items()}
    lines = {f"{name}-line.json": build_line_schema(name) for name in LINES}
    return {name: format_json(schema) for name, schema in {**schemas, **lines}.items()}


def _describe_form(form: type[Any], shared: dict[str, Schema]) -> Schema:
    fields = [field for field in attrs.fields(attrs.resolve_types(form)) if field.name != EXTRA]
    return {
        "type": "object",
        "description": (form.__doc__ or "").partition("\n")[0],
        "properties": {find_key(field): _describe(field.type, shared) for field in fields},
        "required": [find_key(field) for field in fields if field.default is attrs.NOTHING],
        "additionalProperties": is_tolerant(form),
    }


def _describe(kind: Any, shared: dict[str, Schema]) -> JsonValue:  # noqa: ANN401 - a type
    """Return the schema of one type; forms stand in `shared` and are referred to."""
    if kind == JsonValue:
        return True
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    if not attrs.has(kind):
        return _describe_generic(get_origin(kind), get_args(kind), shared)
    if kind.__name__ not in shared:
        shared[kind.__name__] = _describe_form(kind, shared)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _describe_generic(origin: object, arguments: tuple[Any, ...], shared: dict[str, Schema]) -> JsonValue:
    if origin is Annotated:
        inner = _describe(arguments[0], shared)
        limits = {key: item for limit in arguments[1:] for key, item in limit.to_schema().items()}
        return {**inner, **limits} if isinstance(inner, dict) else inner
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        return {"anyOf": [_describe(argument, shared) for argument in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _describe(arguments[0], shared)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _describe(arguments[1], shared)}
    raise TypeError(f"{origin} has no JSON Schema")


def write_schemas(directory: Path) -> None:
    """Write every schema into a directory.

    Raises:
        UsageError: the directory does not exist or cannot be written to.
    """
    for name, text in list_schemas().items():
        write_whole(directory / name, text, what="a schema")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
