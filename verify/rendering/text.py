"""Reports as text for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from verify.escaping import clean_line
from verify.rendering import tables
from verify.rendering.lines import COLUMNS, shorten_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from verify.rendering.report import Report, Suite
    from verify.results import Judgement, Result

# Notes about versions and the channel have these ids; their titles begin with what they are about.
_VERSIONS = ("E001", "E002", "E003", "E004", "E005", "E102", "E103")
_NAMED = 4  # legs of a class that are named
_SUBJECT = re.compile(" (?:is|was|were|are) ")
_COLORS = {
    "pass": "32",
    "identical": "32",
    "close": "33",
    "fail": "31",
    "different": "31",
    "could-not-judge": "33",
    "info": "36",
}


def wants_color(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether to colour text: only on a terminal, never with NO_COLOR set (no-color.org) or TERM=dumb."""
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb" and stream.isatty()


def _paint(text: str, kind: str, *, color: bool) -> str:
    return f"\x1b[{_COLORS[kind]}m{text}\x1b[0m" if color else text


def render_rows(rows: Iterable[tuple[str, object]]) -> list[str]:
    """Return one indented line for each named value that is not None."""
    return [f"  {name:<10} {clean_line(value)}" for name, value in rows if value is not None]


def _list_found(found: object) -> list[tuple[str, object]]:
    """Return the row of what was found; legs that are grouped by a digest are one row for each digest."""
    if not isinstance(found, Mapping):
        return [("found", found)]
    return [("found", describe_class(str(value), names)) for value, names in found.items()]


def describe_class(value: str, names: object) -> str:
    """Return a digest, cut, with the legs that have it; many legs are counted, and the first are named."""
    legs = list(map(str, names)) if isinstance(names, list) else [str(names)]
    more = f" and {len(legs) - _NAMED} more" if len(legs) > _NAMED else ""
    count = "1 leg" if len(legs) == 1 else f"{len(legs)} legs"
    return f"{shorten_digest(value)} on {count}: {', '.join(legs[:_NAMED])}{more}"


def describe_found(found: object) -> str:
    """Return what was found in one line."""
    if isinstance(found, Mapping):
        return "; ".join(describe_class(str(value), names) for value, names in found.items())
    return shorten_digest(str(found))


def render_result(result: Result, *, color: bool = False, judgement: Judgement | None = None) -> str:
    """Return one result as a headline and indented rows, with its configuration and machines where known."""
    rows: list[tuple[str, object]] = [
        ("config", judgement and judgement.config),
        ("expected", result.expected),
        *_list_found(result.found),
        ("first at", result.where),
        ("here", judgement and judgement.here),
        ("golden of", judgement and judgement.made_with),
        ("try", result.remedy),
    ]
    head = f"{_paint(result.id, result.status, color=color)} {clean_line(result.title)}"
    return "\n".join([head, *render_rows(rows)])


def render_note(result: Result) -> str:
    """Return a result that explains and does not decide, in one line."""
    return f"note: {result.id} {clean_line(f'{result.title}: expected {result.expected}, found {result.found}')}"


def render_notes(results: Iterable[Result]) -> list[str]:
    """Return the results that only explain, those with a remedy: one line for all versions, one for each other."""
    notes = [result for result in results if result.status == "info" and result.remedy]
    versions = [result for result in notes if result.id in _VERSIONS]
    others = [render_note(result) for result in notes if result not in versions]
    return [*_list_versions(versions), *others]


def _list_versions(results: Sequence[Result]) -> list[str]:
    """Return one line that names what is not as pinned, as far as a line of a terminal has room."""
    names = list(dict.fromkeys(_SUBJECT.split(clean_line(result.title))[0] for result in results))
    for count in range(len(names), 0, -1):
        more = f" and {len(names) - count} more (--json)" if count < len(names) else ""
        line = f"note: not as pinned (no portable result changes): {', '.join(names[:count])}{more}"
        if len(line) <= COLUMNS or count == 1:
            return [line]
    return []


def list_results(results: Sequence[Result], *, color: bool = False) -> str:
    """Return every result: one line for each that passed, all that is known of the others."""
    return "\n".join(
        f"ok   {result.id} {clean_line(result.title)}"
        if result.status == "pass"
        else render_result(result, color=color)
        for result in results
    )


def _render_headline(judgement: Judgement, *, color: bool) -> str:
    """Return one configuration's verdict in a line."""
    basis = " (losses only)" if judgement.basis == "tolerance" else ""
    head = f"{_paint(f'{judgement.verdict:<15}', judgement.verdict, color=color)} {clean_line(judgement.config):<14}"
    statuses = [result.status for result in judgement.results if result.status != "info"]
    found = clean_line(judgement.found or "no result")
    return f"{head} {statuses.count('pass')} of {len(statuses)} passed, {found}{basis}"


def _render_suite(suite: Suite, *, color: bool) -> list[str]:
    """Return a suite's headline, then what only explains it, then every result that decides and did not pass."""
    judgement = suite.judgement
    lines = [_render_headline(judgement, color=color)] if judgement else []
    if judgement:
        lines += [f"  note       {row.id} {clean_line(row.title)}" for row in suite.results if row.status == "info"]
    decided = [result for result in suite.results if result.status in ("fail", "could-not-judge")]
    return [*lines, *(render_result(result, color=color, judgement=judgement) for result in decided)]


def render_text(report: Report, *, color: bool = False) -> str:
    """Return a report as text: its table, every result that is not a pass, the verdict last."""
    lines = [tables.render_text(report.table)] if report.table else []
    for suite in report.suites:
        lines += _render_suite(suite, color=color)
    return "\n".join([*lines, f"{_paint(report.verdict, report.verdict, color=color)}: {clean_line(report.summary)}"])
