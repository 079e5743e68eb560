"""What a failed check says: which values differ, whether the test differs from itself, and the likely cause."""

from __future__ import annotations

import shlex
import textwrap
from typing import TYPE_CHECKING

from verify.arrays.worlds import list_changes
from verify.escaping import clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.arrays.comparing import Difference
    from verify.arrays.rerun import Rerun
    from verify.files.array_golden import ArrayValue, ArrayWorld

_WIDTH = 72  # pytest puts eight columns before each line
_MOST = 5
_LARGE = 10**6  # a distance that is only told roughly
_COMMAND = "record"
_UPDATE = "--golden-update"


def format_rows(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """Return a title and named rows, each wrapped at 72 columns."""
    lines = [title]
    for name, value in rows:
        if name == _COMMAND:
            lines.append(f"  {name:<9} {clean_line(value)}")  # whole, so that it can be pasted
            continue
        lines += textwrap.wrap(
            clean_line(value),
            width=_WIDTH,
            initial_indent=f"  {name:<9} ",
            subsequent_indent=" " * 12,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _format_distance(ulp: int) -> str:
    return str(ulp) if ulp < _LARGE else f"{ulp:.1e}"


def name_check(test: str, check: str) -> str:
    """Return how a check is called in messages."""
    return f"{test}, check {check}"


def describe_command(test: str) -> str:
    """Return the command that records the goldens of a test."""
    return f"pytest {shlex.quote(test)} {_UPDATE}"


def describe_missing(test: str, check: str, path: str) -> str:
    """Return the message about a golden that is not there."""
    rows = [
        ("expected", f"a golden of check {check} in {path}"),
        ("found", "none"),
        (_COMMAND, describe_command(test)),
    ]
    return format_rows("there is no golden for these arrays", rows)


def describe_difference(row: Difference) -> str:
    """Return one difference: where, both values, how far apart, how many."""
    head = f"{row.place or 'value'}: "
    if row.kind in ("missing", "new", "type", "shape"):
        return f"{head}expected {row.expected}, found {row.found}"
    if row.gap is None:
        note = f" ({row.note}; only digests and samples are stored)" if row.note else ""
        return f"{head}expected {row.expected}, found {row.found}{note}"
    gap = row.gap
    text = f"{head}first at {list(gap.index)}: expected {row.expected}, found {row.found}"
    if gap.ulp is not None:
        text += f", {_format_distance(gap.ulp)} ulp apart"
    text += f"; {gap.count} of {gap.size} elements differ"
    if gap.largest is not None:
        text += f", at most {_format_distance(gap.largest)} ulp"
    for count, words in ((gap.zeros, "only in the sign of a zero"), (gap.nans, "only in the payload of NaN")):
        if count:
            text += f"; {count} of them {words}"
    return text


def describe_failure(
    test: str, check: str, differences: Sequence[Difference], verdict: Sequence[tuple[str, str]]
) -> str:
    """Return the message about values that are not the golden's."""
    rows: list[tuple[str, object]] = [("where", name_check(test, check))]
    rows += [("differs", describe_difference(row)) for row in differences[:_MOST]]
    if len(differences) > _MOST:
        rows.append(("", f"and {len(differences) - _MOST} more values"))
    rows += [*verdict, ("try", "find the cause; if the change is meant:"), (_COMMAND, describe_command(test))]
    return format_rows("arrays differ from their golden", rows)


def judge_reruns(
    expected: Mapping[str, ArrayValue], here: Mapping[str, str], reruns: Sequence[Rerun]
) -> tuple[str, str]:
    """Return whether a test differs from itself, or always gives another result than its golden.

    Args:
        expected: the values of the golden.
        here: the digests of this run by place.
        reruns: the same test in fresh processes.

    Returns:
        a word: "itself", "world" or "unknown"; and the sentence.
    """
    usable = [{place: value.digest for place, value in run.values.items()} for run in reruns if not run.reason]
    golden = {place: value.digest for place, value in expected.items()}
    if not usable:
        reasons = [run.reason for run in reruns] or ["it was not run again"]
        return "unknown", f"whether it differs from itself is not known: {reasons[0]}"
    runs = [dict(here), *usable]
    kinds = [run for index, run in enumerate(runs) if run not in runs[:index]]
    if len(kinds) == 1:
        note = "" if len(usable) == len(reruns) else " (one of the fresh processes gave no values)"
        return "world", f"it differs from the world it was recorded in: {len(runs)} runs gave the same result{note}"
    if usable[0] != dict(here) and all(run == usable[0] for run in usable):
        alone = "the golden's" if usable[0] == golden else "another"
        return "itself", (
            f"it differs from itself: alone in a fresh process it gives {alone} result, each time;"
            " tests before it, or options of this session, change it"
        )
    return "itself", f"it differs from itself: {len(runs)} runs gave {len(kinds)} different results"


def describe_worlds(recorded: ArrayWorld, here: ArrayWorld) -> list[tuple[str, str]]:
    """Return the likely axis, with the fields in which the two worlds differ."""
    changes = list_changes(recorded, here)
    if not changes:
        return [
            ("likely", "unknown: the fingerprints are equal; the program, its data or the test may have changed"),
        ]
    axes = [change.axis for index, change in enumerate(changes) if change.axis not in [x.axis for x in changes[:index]]]
    rows = [("likely", ", ".join(axes[:_MOST]))]
    rows += [("changed", f"{row.field}: recorded {row.expected}, here {row.found}") for row in changes[:_MOST]]
    if len(changes) > _MOST:
        rows.append(("", f"and {len(changes) - _MOST} more fields"))
    return rows
