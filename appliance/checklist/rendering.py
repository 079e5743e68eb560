"""The answered checklist as text of 80 columns, and as Markdown for the appendix of a paper."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from appliance.checklist.answers import count_statuses
from verify.escaping import clean_line, escape_cell
from verify.rendering.lines import shorten_digest, wrap
from verify.rendering.tables import Strong, Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from appliance.checklist.answers import About, Item, Part

WORDS: Mapping[str, str] = MappingProxyType(
    {"yes": "yes", "no": "no", "not-applicable": "n/a", "not-answerable-by-machine": "author"}
)
"""What is shown for each status."""
_WIDTH = 10
_BELOW = " " * _WIDTH
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_AUTHOR = "not-answerable-by-machine"


def describe_counts(parts: Sequence[Part]) -> str:
    """Return how many items have each answer, in words."""
    counts = count_statuses(parts)
    return (
        f"{counts['yes']} yes, {counts['no']} no, {counts['not-applicable']} not applicable, "
        f"{counts[_AUTHOR]} for the author"
    )


def format_text(about: About, parts: Sequence[Part]) -> str:
    """Return the answers as text: the run, every item with its evidence and what to do, the counts last."""
    lines = [f"{clean_line(about.config)}  seed {about.seed}  {about.profile}  {about.run_digest}"]
    for part in parts:
        lines += ["", part.title, *(line for item in part.items for line in _format_item(item))]
    return "\n".join([*lines, "", describe_counts(parts)])


def _format_item(item: Item) -> Iterator[str]:
    yield wrap(f"{item.title}  [{item.id}]", first=f"  {WORDS[item.status]:<{_WIDTH - 2}}", indent=_WIDTH)
    for one in item.evidence:
        yield wrap(clean_line(shorten_digest(one.describe())), first=_BELOW)
    if item.remedy:
        yield wrap(clean_line(f"{'write' if item.status == _AUTHOR else 'try'}: {item.remedy}"), first=_BELOW)


def format_markdown(about: About, parts: Sequence[Part]) -> str:
    """Return the answers as Markdown: one table a part with short digests, whole digests in a table at the end."""
    head = escape_cell(f"{about.config}, seed {about.seed}, profile {about.profile}")
    lines = [f"**Reproducibility checklist**: {head}; {describe_counts(parts)}"]
    for part in parts:
        lines += ["", f"**{part.title}**", "", _format_part(part)]
    rows = [(shorten_digest(digest), digest) for digest in _list_digests(about, parts)]
    table = render_markdown(Table(columns=("digest", "whole"), rows=rows))
    return "\n".join([*lines, "", "**Digests**", "", table]) + "\n"


def _format_part(part: Part) -> str:
    rows = [(item.title, _mark(item), _explain(item)) for item in part.items]
    return render_markdown(Table(columns=("item", "answer", "evidence"), rows=rows))


def _mark(item: Item) -> str:
    return Strong(WORDS[item.status]) if item.status == "no" else WORDS[item.status]


def _explain(item: Item) -> str:
    if item.status == _AUTHOR:
        return f"to write: {item.remedy}"
    return "; ".join(shorten_digest(one.describe()) for one in item.evidence)


def _list_digests(about: About, parts: Sequence[Part]) -> list[str]:
    """Return every digest of the evidence once, those of the settings and of the run first."""
    texts = [one.text for part in parts for item in part.items for one in item.evidence]
    found = [digest for text in texts for digest in _DIGEST.findall(text)]
    return list(dict.fromkeys([about.config_digest, about.run_digest, *found]))
