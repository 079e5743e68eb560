"""Why a check differs: what fresh processes gave, and what changed since the golden was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.arrays.comparing import compare_values
from verify.arrays.wording import describe_difference, describe_worlds, judge_reruns
from verify.arrays.worlds import capture_world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.arrays.leaf import Leaf
    from verify.arrays.rerun import Rerun
    from verify.files.array_golden import ArrayCheck, ArrayWorld

Rows = list[tuple[str, str]]


def explain(
    expected: ArrayCheck, recorded: ArrayWorld, leaves: Mapping[str, Leaf], reruns: Sequence[Rerun], *, unknown: bool
) -> Rows:
    """Return the rows of a message: the verdict, and the likely cause.

    Args:
        expected: the check in the golden.
        recorded: the world in which it was recorded.
        leaves: the values of this run.
        reruns: what fresh processes gave.
        unknown: there is a tolerance, and the golden has no values to judge it with.
    """
    here = {place: leaf.digest() for place, leaf in leaves.items()}
    word, sentence = judge_reruns(expected.values, here, reruns)
    rows = [("verdict", sentence)]
    rows += _show_runs(leaves, reruns) if word == "itself" else describe_worlds(recorded, capture_world())
    if unknown:
        rows.append(("tolerance", "not judged: the golden has no values to compare; it was recorded without them"))
    return rows


def _show_runs(leaves: Mapping[str, Leaf], reruns: Sequence[Rerun]) -> Rows:
    """Return where this run and the first fresh one that differs from it differ."""
    for run in reruns:
        rows = [] if run.reason else compare_values(run.values, leaves, run.arrays.get)
        if rows:
            return [("runs", "a fresh process against this one: " + describe_difference(rows[0]))]
    return []
