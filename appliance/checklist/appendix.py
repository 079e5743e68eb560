"""The answered checklist as Markdown, for the appendix of a paper: tables with short digests, whole ones at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appliance.checklist.answers import AUTHOR
from appliance.checklist.arranged import arrange
from appliance.checklist.conferences import LISTS, name_demands
from appliance.checklist.rendering import WORDS, describe_counts
from verify.escaping import escape_cell
from verify.rendering.lines import shorten_digest
from verify.rendering.tables import Strong, Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appliance.checklist.answers import About, Item, Part
    from appliance.checklist.conferences import DemandList

_DIGEST = re.compile("sha256:[0-9a-f]{64}")


def format_markdown(about: About, parts: Sequence[Part], wanted: DemandList | None = None) -> str:
    """Return the answers as Markdown: one table a part, or the demands of a list; then digests and sources."""
    head = escape_cell(f"{about.config}, seed {about.seed}, profile {about.profile}")
    lines = [f"**Reproducibility checklist**: {head}; {describe_counts(parts)}", ""]
    if wanted is None:
        lines += [line for part in parts for line in _format_part(part)]
    else:
        lines += [f"**{escape_cell(wanted.title)}**, {escape_cell(wanted.version)}", "", _format_demands(parts, wanted)]
        lines.append("")
    rows = [(shorten_digest(digest), digest) for digest in _list_digests(about, parts)]
    lines += ["**Digests**", "", render_markdown(Table(columns=("digest", "whole"), rows=rows)), ""]
    lines += ["**Checklists**", "", *map(name_source, LISTS if wanted is None else (wanted,))]
    return "\n".join(lines) + "\n"


def name_source(found: DemandList) -> str:
    """Return where a list stands, as one line of Markdown."""
    return f"* {found.short}: {escape_cell(found.title)}, {escape_cell(found.version)}, <{found.source}>"


def _format_part(part: Part) -> Iterator[str]:
    rows = [(item.title, _mark(item.status), _explain(item), name_demands(item.id)) for item in part.items]
    columns = ("item", "answer", "evidence", "asked by")
    yield from (f"**{escape_cell(part.title)}**", "", render_markdown(Table(columns=columns, rows=rows)), "")


def _format_demands(parts: Sequence[Part], wanted: DemandList) -> str:
    rows = []
    for one in arrange(parts, wanted):
        answers = "; ".join(f"{WORDS[item.status]}: {item.title} ({_explain(item)})" for item in one.items)
        rows.append((one.demand.number, one.demand.about, _mark(one.status), answers or "no run can answer this"))
    return render_markdown(Table(columns=("number", "about", "answer", "items"), rows=rows))


def _mark(status: str) -> str:
    return Strong(WORDS[status]) if status == "no" else WORDS[status]


def _explain(item: Item) -> str:
    if item.status == AUTHOR:
        return f"to write: {item.remedy}"
    return "; ".join(shorten_digest(one.describe()) for one in item.evidence)


def _list_digests(about: About, parts: Iterable[Part]) -> list[str]:
    """Return every digest of the evidence once, those of the settings and of the run first."""
    texts = [one.text for part in parts for item in part.items for one in item.evidence]
    found = [digest for text in texts for digest in _DIGEST.findall(text)]
    return list(dict.fromkeys([about.config_digest, about.run_digest, *found]))
