"""The answer as text of 80 columns or as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.vary.rendering import count_runs, format_classes
from verify.escaping import clean, escape_cell
from verify.rendering.lines import wrap
from verify.rendering.tables import Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.shrink.answer import Answer
    from appliance.shrink.rows import CauseRow

_REFUSED = 8  # sets that could not be tested


def format_text(answer: Answer) -> str:
    """Return the answer as text."""
    lines = [wrap(clean(answer.sentence), indent=2), ""]
    harmless = [f"{row.name} {row.a} -> {row.b}" for row in answer.packages if row.status == "harmless"]
    left = [f"{row.name} {row.a} -> {row.b}: {row.reason}" for row in answer.packages if row.status == "not-tested"]
    refused = [f"{', '.join(row.packages)}: {row.reason}" for row in answer.not_testable]
    for title, rows in (
        ("smallest sets", [line for cause in answer.causes for line in _format_cause(cause)]),
        ("classes of equal results", list(format_classes(answer.classes, _name_sets))),
        ("harmless", [wrap(clean(", ".join(harmless)), first="  ")] if harmless else []),
        ("not told apart", [wrap(clean(line), first="  ", indent=4) for line in left]),
        ("sets that could not be tested", [wrap(clean(line), first="  ", indent=4) for line in refused[:_REFUSED]]),
        ("also", [wrap(clean(line), first="  ", indent=4) for line in answer.notes]),
    ):
        if rows:
            more = [f"  and {len(refused) - _REFUSED} more"] if title.startswith("sets") and refused[_REFUSED:] else []
            lines += [title, *rows, *more, ""]
    lines.append(f"{answer.verdict}: {_count(answer)}")
    return "\n".join(lines)


def _count(answer: Answer) -> str:
    environments = "1 environment" if answer.environments == 1 else f"{answer.environments} environments"
    return f"{count_runs(answer.runs)}, {environments}, {answer.seconds:.1f} s"


def _format_cause(cause: CauseRow) -> Iterator[str]:
    yield wrap(clean(", ".join(cause.changes)), first="  ")
    for line in (cause.difference, cause.mechanism, cause.proof):
        if line:
            yield wrap(clean(line), first="     ")


def _name_sets(worlds: tuple[str, ...]) -> str:
    """Return how many sets of packages there are, and the first."""
    count = "1 set" if len(worlds) == 1 else f"{len(worlds)} sets"
    first = f"A's packages with {worlds[0]}" if worlds[0] != "as it is" else "A's packages"
    return f"{count}: {first}" + (f"; and {len(worlds) - 1} more" if worlds[1:] else "")


def format_markdown(answer: Answer) -> str:
    """Return the answer as Markdown."""
    lines = [f"**{answer.verdict}**: {escape_cell(answer.sentence)}", ""]
    packages = [(row.name, row.a, row.b, row.status, row.reason) for row in answer.packages]
    lines += [render_markdown(Table(columns=("package", "A", "B", "status", "reason"), rows=packages)), ""]
    if answer.causes:
        causes = [(", ".join(row.changes), row.difference, row.mechanism, row.proof) for row in answer.causes]
        columns = ("smallest set", "first difference", "how", "proof")
        lines += [render_markdown(Table(columns=columns, rows=causes)), ""]
    if answer.classes:
        classes = [(kind.id, len(kind.worlds), kind.command, kind.difference) for kind in answer.classes]
        lines += [render_markdown(Table(columns=("class", "sets", "command", "unlike A"), rows=classes)), ""]
    lines += [f"* not tested: {', '.join(row.packages)}: {escape_cell(row.reason)}" for row in answer.not_testable]
    lines += [f"* {escape_cell(line)}" for line in answer.notes]
    lines += ["", _count(answer)]
    return "\n".join(lines) + "\n"
