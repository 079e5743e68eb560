"""Answers of commands and their schemas."""

from __future__ import annotations

import json
from typing import Any

from support.json_schema import list_errors
from verify.files.schemas import ANSWERS, KINDS, build_schema

BY_ID = {kind.schema: kind for kind in {**KINDS, **ANSWERS}.values()}
"""Every kind of file and of answer, by its schema id."""


def check_answer(answer: Any) -> None:  # noqa: ANN401 - any JSON value
    """Fail unless an answer follows the schema that it names, and its reader takes it."""
    kind = BY_ID[answer["schema"]]
    value = json.loads(json.dumps(answer))
    assert list_errors(value, build_schema(kind)) == []
    kind.parse(value, "here")
