"""What the arguments of a report are: run directories, and answers of other commands by their schema ids."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.answers import VARY_ANSWER
from verify.files.cost_answers import COST_ANSWER, COST_RUNS
from verify.files.difference_answers import DIFF_ANSWER, WHY_ANSWER
from verify.files.listing_answers import LISTINGS
from verify.files.reading import MEBIBYTE, parse_json, read_bytes
from verify.files.reports import AGREEMENT, ERROR, VERIFICATION
from verify.files.run import load_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.files.kinds import FileKind
    from verify.files.run import RunFiles

CHECKLIST = LISTINGS["checklist"]
_KINDS: Mapping[str, FileKind[Any]] = {
    kind.schema: kind
    for kind in (
        VARY_ANSWER,
        DIFF_ANSWER,
        WHY_ANSWER,
        VERIFICATION,
        AGREEMENT,
        COST_ANSWER,
        COST_RUNS,
        CHECKLIST,
        ERROR,
    )
}
_LIMIT = 256 * MEBIBYTE
_MOST = 100
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


@attrs.frozen(kw_only=True)
class Beside:
    """What a report of a run is made of beside the run directory.

    Args:
        data_dir: where data files are; None for the usual places.
        goldens: where goldens are; None for the ones that ship.
        evidence: files with answers of other commands, for the checklist.
    """

    data_dir: Path | None = None
    goldens: Path | None = None
    evidence: Sequence[Path] = ()


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
    kind = _KINDS.get(schema) if isinstance(schema, str) else None
    if kind is None or not isinstance(value, dict):
        raise UsageError("a report cannot be made of this file", expected=_EXPECTED, found=schema, where=path)
    found = kind.parse(value, path)
    if kind is ERROR:
        title = found.error.title
        raise CouldNotJudgeError(
            "this is the error of a command, not its answer", expected=_EXPECTED, found=title, where=path
        )
    return AnswerSubject(schema=kind.schema, body=dict(value))
