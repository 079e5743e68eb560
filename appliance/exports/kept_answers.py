"""Answers of other commands that an evidence bundle keeps: read, named, not made again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from verify.errors import UsageError
from verify.files.bundle import EVIDENCE, Evidence
from verify.files.reading import MEBIBYTE, parse_json, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from verify.digests import JsonValue

_LIMIT = 64 * MEBIBYTE
_SCHEMA = re.compile(r"repro-appliance/([a-z][a-z-]{0,40})/[0-9]{1,4}", flags=re.ASCII)
_WHAT = "an answer"


def read_answers(paths: Sequence[Path]) -> list[tuple[Evidence, bytes]]:
    """Return each answer with its bytes; a verdict or a sentence of its own is repeated in the manifest.

    Raises:
        UsageError: a file cannot be read, or is no answer of this program.
        CouldNotJudgeError: it is no strict JSON.
    """
    return [_read_answer(path, number) for number, path in enumerate(paths, 1)]


def _read_answer(path: Path, number: int) -> tuple[Evidence, bytes]:
    content = read_bytes(path, limit=_LIMIT, what=_WHAT)
    value = parse_json(content, where=path, what=_WHAT)
    answer = value if isinstance(value, dict) else {}
    schema = str(answer.get("schema", "none"))
    found = _SCHEMA.fullmatch(schema)
    if not found:
        raise UsageError(
            "this is no answer of repro-appliance",
            expected="JSON with a schema such as repro-appliance/vary/1, as --json prints it",
            found=schema[:100],
            where=path,
        )
    evidence = Evidence(
        file=f"{EVIDENCE}/{number}-{found[1]}.json",
        schema=schema,
        verdict=_find_text(answer, "verdict"),
        sentence=_find_text(answer, "sentence"),
    )
    return evidence, content


def _find_text(answer: Mapping[str, JsonValue], name: str) -> str | None:
    value = answer.get(name)
    return value if isinstance(value, str) else None
