"""What the arguments of a report are: run directories, and answers of other commands by their schema ids."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.cost.forms import check_answer
from appliance.benchmark.cost.request import RUNS_SCHEMA
from appliance.benchmark.cost.suite import SCHEMA as COST_SCHEMA
from appliance.checklist.checklist import SCHEMA as CHECKLIST_SCHEMA
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.answers import VARY_ANSWER
from verify.files.reading import MEBIBYTE, parse_json, read_bytes
from verify.files.reports import AGREEMENT, ERROR, VERIFICATION
from verify.files.run import load_run
from verify.rendering.divergence import SCHEMA as DIFF_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.files.run import RunFiles

WHY_SCHEMA = "repro-appliance/why/1"
_LIMIT = 256 * MEBIBYTE
_MOST = 100
_KINDS = (VARY_ANSWER, VERIFICATION, AGREEMENT)
_FREE = (DIFF_SCHEMA, WHY_SCHEMA)
SCHEMAS = (*(kind.schema for kind in _KINDS), *_FREE, COST_SCHEMA, RUNS_SCHEMA, CHECKLIST_SCHEMA)
_EXPECTED = "a run directory, or JSON of vary, why, diff, agree, fleet, verify, checklist, benchmark --suite cost"


@attrs.frozen(kw_only=True, eq=False)
class RunSubject:
    """A run directory.

    Args:
        name: the last part of its path.
        run: its contents.
    """

    name: str
    run: RunFiles


@attrs.frozen(kw_only=True, eq=False)
class AnswerSubject:
    """The answer of a command.

    Args:
        schema: its schema id, which says the command.
        body: the JSON object, of which the form is known.
    """

    schema: str
    body: dict[str, Any]


Subject = RunSubject | AnswerSubject


def read_subjects(words: Sequence[str]) -> list[Subject]:
    """Return what the arguments name, in their order.

    Raises:
        UsageError: there is nothing of this name, it is of another kind, or there are too many.
        CouldNotJudgeError: a file is damaged.
    """
    if len(words) > _MOST:
        raise UsageError("too many arguments for one report", expected=f"at most {_MOST}", found=len(words))
    return [_read(word) for word in words]


def _read(word: str) -> Subject:
    path = Path(word)
    try:
        is_directory = path.is_dir()
    except (OSError, ValueError) as error:  # a path that is too long, or that holds a zero byte
        raise UsageError("a path cannot be read", expected=_EXPECTED, found=error, where=word) from error
    if is_directory:
        return RunSubject(name=path.resolve().name, run=load_run(path))
    return _read_answer(path)


def _read_answer(path: Path) -> AnswerSubject:
    value = parse_json(read_bytes(path, limit=_LIMIT, what="an answer"), where=path, what="an answer")
    schema = value.get("schema") if isinstance(value, dict) else None
    if not isinstance(value, dict) or schema not in (*SCHEMAS, ERROR.schema):
        raise UsageError("a report cannot be made of this file", expected=_EXPECTED, found=schema, where=path)
    if schema == ERROR.schema:
        title = ERROR.parse(value, path).error.title
        raise CouldNotJudgeError(
            "this is the error of a command, not its answer", expected=_EXPECTED, found=title, where=path
        )
    for kind in _KINDS:
        if kind.schema == schema:
            kind.parse(value, path)
    for run in _list_costs(value):
        try:
            check_answer(run)
        except ValueError as error:
            raise CouldNotJudgeError("a cost suite is not valid", found=error, where=path) from error
    if schema in _FREE:
        _check_comparison(value, path)
    return AnswerSubject(schema=str(schema), body=dict(value))


def _list_costs(value: dict[str, Any]) -> list[Any]:
    if value["schema"] == RUNS_SCHEMA:
        runs = value.get("runs")
        return runs if isinstance(runs, list) else [None]
    return [value] if value["schema"] == COST_SCHEMA else []


def _check_comparison(value: dict[str, Any], path: Path) -> None:
    """Make sure that an answer of `diff` or `why` says what a report needs."""
    for name in ("verdict", "sentence"):
        if not isinstance(value.get(name), str):
            raise CouldNotJudgeError(
                "an answer is not valid", expected=f"a text for {name}", found=value.get(name), where=path
            )
