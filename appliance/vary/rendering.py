"""The answer as text of 80 columns or as Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from verify.escaping import clean, escape_cell
from verify.rendering.lines import COLUMNS, wrap
from verify.rendering.tables import Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from appliance.vary.answer import Answer
    from appliance.vary.classes import Class
    from appliance.vary.rows import CauseRow

_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|[^\s'"])+""")  # of a line for a shell
_SHOWN = 4  # worlds of one class, lines of a tail
_SMALL = 3  # settings of a world that is shown beside a smaller one


def format_text(answer: Answer) -> str:
    """Return the answer as text."""
    lines = [wrap(clean(answer.sentence), indent=2), ""]
    for title, rows in (
        ("classes of equal results", list(format_classes(answer.classes, _name_worlds))),
        ("causes", [line for cause in answer.causes for line in _format_cause(cause)]),
        ("harmless", list(_format_harmless(answer))),
        ("not tested", list(_format_untested(answer))),
        ("what would help", [wrap(clean(line), first="  ") for line in answer.advice]),
        ("also", [wrap(clean(line), first="  ") for line in answer.notes]),
    ):
        if rows:
            lines += [title, *rows, ""]
    lines.append(f"{answer.verdict}: {count_runs(answer.runs)}, {answer.seconds:.1f} s")
    return "\n".join(lines)


def count_runs(number: int) -> str:
    """Return the number of runs in words."""
    return "1 run" if number == 1 else f"{number} runs"


def format_classes(classes: Sequence[Class], name: Callable[[tuple[str, ...]], str]) -> Iterator[str]:
    """Yield the lines of classes of equal results.

    Args:
        classes: the first is A.
        name: returns the members of a class in words.
    """
    for kind in classes:
        yield wrap(clean(name(kind.worlds)), first=f"  {kind.id:<3}", indent=5)
        if kind.difference:
            yield wrap(clean(f"unlike A: {kind.difference}"), first="     ")
        yield from (f"     {line}" for line in divide_command(clean(kind.command), COLUMNS - 5))
        if kind.tail:
            yield from (wrap(clean(line), first="     | ", indent=7) for line in kind.tail.splitlines()[-_SHOWN:])


def divide_command(line: str, columns: int) -> list[str]:
    """Return a line for a shell in several lines that are one command when they are pasted; its comment stands below.

    Args:
        line: words with spaces between them, quotes around words with spaces, and a comment behind `  # `.
        columns: the width of a line, which a single word may exceed.
    """
    command, _, comment = line.partition("  # ")
    words = _WORD.findall(command)
    if " ".join(words) != command:
        return [line]
    lines = [""]
    for number, word in enumerate(words):
        room = columns - (2 if number < len(words) - 1 else 0)
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines[-1] += " \\"
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines + [f"# {part}" for part in wrap(comment).splitlines()]


def _name_worlds(worlds: tuple[str, ...]) -> str:
    """Return how many worlds there are, and the smallest ones; large ones are only counted."""
    count = "1 world" if len(worlds) == 1 else f"{len(worlds)} worlds"
    shown = [world for world in worlds[:_SHOWN] if world.count("=") <= _SMALL] or [worlds[0]]
    more = len(worlds) - len(shown)
    return f"{count}: {'; '.join(shown)}" + (f"; and {more} more" if more else "")


def _format_cause(cause: CauseRow) -> Iterator[str]:
    yield wrap(clean(f"{', '.join(cause.axes)}: {', '.join(cause.settings)}"), first="  ")
    for line in (cause.mechanism, cause.difference, cause.proof):
        if line:
            yield wrap(clean(line), first="     ")


def _format_harmless(answer: Answer) -> Iterator[str]:
    names = [f"{row.name} ({', '.join(row.values[1:])})" for row in answer.axes if row.status == "harmless"]
    if names:
        yield wrap(clean(", ".join(names)), first="  ")


def _format_untested(answer: Answer) -> Iterator[str]:
    """Return a line for each reason, with all axes that have it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in answer.axes:
        if row.status == "not-tested":
            groups.setdefault((row.reason, row.remedy), []).append(row.name)
    for (reason, remedy), names in groups.items():
        rest = f"; to test {'it' if len(names) == 1 else 'them'}: {remedy}" if remedy else ""
        yield wrap(clean(f"{', '.join(names)}: {reason}{rest}"), first="  ", indent=4)


def format_markdown(answer: Answer) -> str:
    """Return the answer as Markdown."""
    lines = [f"**{answer.verdict}**: {escape_cell(answer.sentence)}", ""]
    rows = [
        (row.name, ", ".join(row.values), row.status, "; ".join(filter(None, (row.reason, row.remedy))))
        for row in answer.axes
    ]
    lines += [render_markdown(Table(columns=("axis", "values", "status", "reason"), rows=rows)), ""]
    if answer.causes:
        causes = [
            (", ".join(row.axes), ", ".join(row.settings), row.mechanism, row.difference, row.proof)
            for row in answer.causes
        ]
        names = ("cause", "settings", "how", "first difference", "proof")
        lines += [render_markdown(Table(columns=names, rows=causes)), ""]
    classes = [(kind.id, len(kind.worlds), kind.command, kind.difference) for kind in answer.classes]
    lines += [render_markdown(Table(columns=("class", "worlds", "command", "unlike A"), rows=classes)), ""]
    lines += [f"* {escape_cell(line)}" for line in (*answer.advice, *answer.notes)]
    lines += ["", f"{count_runs(answer.runs)}, {answer.seconds:.1f} s"]
    return "\n".join(lines) + "\n"
