"""Answers of other commands that are given as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from verify.errors import UsageError
from verify.files.answers import VARY_ANSWER
from verify.files.measured_answers import BENCHMARK_ANSWER, SWEEP_ANSWER
from verify.files.reading import MEBIBYTE, parse_json, read_bytes
from verify.files.reports import AGREEMENT, VERIFICATION
from verify.files.trial_answers import PROVE_ANSWER
from verify.files.writing import make_printable

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.kinds import FileKind

_LIMIT = 64 * MEBIBYTE
KINDS: tuple[FileKind[Any], ...] = (
    BENCHMARK_ANSWER,
    SWEEP_ANSWER,
    PROVE_ANSWER,
    VARY_ANSWER,
    VERIFICATION,
    AGREEMENT,
)
"""The answers that count as evidence."""


@attrs.frozen(kw_only=True)
class Given:
    """One file of evidence: its name, and what it holds."""

    name: str
    value: Any


def read_given(path: Path) -> Given:
    """Read a file of evidence.

    Raises:
        UsageError: it cannot be read, or is no answer that counts as evidence.
        CouldNotJudgeError: it is damaged.
    """
    data = parse_json(read_bytes(path, limit=_LIMIT, what="a file of evidence"), where=path, what="a file of evidence")
    found = data.get("schema") if isinstance(data, dict) else "no JSON object"
    for kind in KINDS:
        if kind.schema == found:
            return Given(name=make_printable(path.name), value=kind.parse(data, path))
    raise UsageError(
        "this file is no evidence for a checklist",
        expected="the JSON of benchmark, prove, vary, verify, agree or fleet",
        found=found,
        where=path,
        remedy="make it with --json, such as: repro-appliance verify RUN --retrain --json > retrained.json",
    )
