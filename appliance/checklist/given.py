"""Answers of other commands that are given as evidence: which kinds there are, and what is read of each.

They may come from another version of this program, so unknown keys are kept.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from verify.digests import JsonValue
from verify.errors import UsageError
from verify.files.answers import VARY_ANSWER
from verify.files.kinds import FileKind
from verify.files.reading import MEBIBYTE, parse_json, read_bytes
from verify.files.reports import AGREEMENT, VERIFICATION
from verify.files.writing import make_printable

Extra = Mapping[str, JsonValue]
_LIMIT = 64 * MEBIBYTE


@attrs.frozen(kw_only=True)
class Repeats:
    """Runs of one seed: how many, whether they agree, the run digest of the first."""

    count: int
    identical: bool
    run_digest: str
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Mean:
    """One metric over seeds; None where there are too few values."""

    mean: float
    standard_deviation: float | None
    low: float | None
    high: float | None
    confidence: float | None
    n: int
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Seeds:
    """Runs of several seeds, with the summary of each metric."""

    seeds: tuple[int, ...]
    metrics: Mapping[str, Mean]
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Benchmark:
    """What `benchmark --json` prints."""

    config: str
    config_digest: str
    profile: str
    repeats: Mapping[str, Repeats]
    seeds: Seeds | None
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Sweep:
    """What `benchmark --sweep --json` prints: the values of every key, and a row for each combination."""

    axes: Mapping[str, tuple[str, ...]]
    rows: tuple[Benchmark, ...]
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Trial:
    """One training that was compared with the undisturbed one."""

    status: str
    extra: Extra = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Proof:
    """What `prove --json` prints."""

    subject: str
    config_digest: str
    verdict: str
    sentence: str
    trials: tuple[Trial, ...]
    extra: Extra = attrs.field(factory=dict)


KINDS: tuple[FileKind[Any], ...] = (
    FileKind(
        name="an answer of benchmark",
        schema="repro-appliance/benchmark/1",
        form=Benchmark,
        limit=_LIMIT,
        remedy="make it again: repro-appliance benchmark --config NAME --json",
    ),
    FileKind(
        name="an answer of benchmark --sweep",
        schema="repro-appliance/sweep/1",
        form=Sweep,
        limit=_LIMIT,
        remedy="make it again: repro-appliance benchmark --config NAME --sweep KEY=V1,V2 --json",
    ),
    FileKind(
        name="an answer of prove",
        schema="repro-appliance/prove/1",
        form=Proof,
        limit=_LIMIT,
        remedy="make it again: repro-appliance prove resume --config NAME --json",
    ),
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
