"""The first stage at which two records of the same run differ.

Stages are compared in the order in which a run makes them, so that the first difference is the nearest to its
cause. Timings, paths and settings are not stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from verify.digests import format_canonical
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BEFORE = ("dataset", "initial_weights")
_AFTER = ("final_weights", "history", "predictions")


@attrs.frozen(kw_only=True)
class Difference:
    """The first stage at which repeat `repeat` (counted from 0) left the first one, with both values."""

    repeat: int
    stage: str
    expected: str
    found: str


def list_stages(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (stage, canonical text) of a record's JSON form, from the data to the digest of the run.

    Raises:
        CouldNotJudgeError: the record lacks the run's digest, epochs or metrics, so that agreement would mean nothing.
    """
    digests, epochs, metrics = record.get("digests"), record.get("epochs"), record.get("metrics")
    if not digests or "run" not in digests or not epochs or not metrics:
        raise CouldNotJudgeError(
            "a record holds nothing to compare",
            expected="digests (with run), epochs and metrics",
            found=", ".join(sorted(name for name in record if record[name])) or "an empty record",
            where="record",
        )
    stages = [("config_digest", record.get("config_digest"))]
    stages += [(name, digests.get(name)) for name in _BEFORE]
    for epoch in epochs:
        values = sorted(item for item in epoch.items() if item[0] != "epoch")
        stages += [(f"epoch {epoch.get('epoch')}: {name}", value) for name, value in reversed(values)]
    stages += [(name, digests.get(name)) for name in _AFTER]
    stages += [(name, digests[name]) for name in sorted(digests) if name not in (*_BEFORE, *_AFTER, "run")]
    stages += [(f"metric {name}", metrics[name]) for name in sorted(metrics)]
    stages += [("run", digests["run"])]
    return [(name, format_canonical(value)) for name, value in stages]


def find_difference(first: Mapping[str, Any], other: Mapping[str, Any], repeat: int) -> Difference | None:
    """Return the first difference of record `other`, the repeat numbered `repeat`, from record `first`, if any.

    Raises:
        CouldNotJudgeError: one of them holds nothing to compare.
    """
    expected, found = list_stages(first), list_stages(other)  # each ends with the stage `run`
    for (stage, one), (name, two) in zip(expected, found, strict=False):
        if stage != name:
            return Difference(repeat=repeat, stage="list of stages", expected=stage, found=name)
        if one != two:
            return Difference(repeat=repeat, stage=stage, expected=one, found=two)
    return None
