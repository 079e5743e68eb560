"""The answered checklist as text of 80 columns."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from appliance.checklist.answers import AUTHOR, count_statuses
from appliance.checklist.arranged import arrange
from verify.escaping import clean_line
from verify.rendering.lines import shorten_digest, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from appliance.checklist.answers import About, Item, Part
    from appliance.checklist.conferences import DemandList

WORDS: Mapping[str, str] = MappingProxyType({"yes": "yes", "no": "no", "not-applicable": "n/a", AUTHOR: "author"})
"""What is shown for each status."""
_WIDTH = 10
_BELOW = " " * _WIDTH


def describe_counts(parts: Sequence[Part]) -> str:
    """Return how many items have each answer, in words."""
    counts = count_statuses(parts)
    return (
        f"{counts['yes']} yes, {counts['no']} no, {counts['not-applicable']} not applicable, "
        f"{counts[AUTHOR]} for the author"
    )


def format_text(about: About, parts: Sequence[Part], wanted: DemandList | None = None, *, full: bool = False) -> str:
    """Return the answers as text: the run, every item with its evidence and what to do, the counts last.

    Args:
        about: the run.
        parts: the answers.
        wanted: the list of a conference, in whose order they are shown; None for ours.
        full: whether digests are whole.
    """
    cut = clean_line if full else _clean_short
    head = f"{clean_line(about.config)}  seed {about.seed}  {about.profile}  {cut(about.run_digest)}"
    shown = _list_parts(parts, cut) if wanted is None else _list_demands(parts, wanted, cut)
    return "\n".join([head, *shown, "", describe_counts(parts)])


def _clean_short(text: object) -> str:
    return clean_line(shorten_digest(str(text)))


def _list_parts(parts: Sequence[Part], cut: Callable[[object], str]) -> Iterator[str]:
    for part in parts:
        yield from ("", part.title)
        for item in part.items:
            yield from _format_item(item, cut)


def _list_demands(parts: Sequence[Part], wanted: DemandList, cut: Callable[[object], str]) -> Iterator[str]:
    """Yield the demands of a list; an item that answers several has its evidence at the first one."""
    yield from ("", wrap(f"{wanted.title}, {wanted.version}"), wanted.source)
    told: list[str] = []
    for one in arrange(parts, wanted):
        yield ""
        yield wrap(f"{one.demand.number}: {one.demand.about}: {WORDS[one.status]}")
        if not one.items:
            yield f"{_BELOW}no run can answer this"
        for item in one.items:
            yield from [_format_head(item)] if item.id in told else _format_item(item, cut)
            told.append(item.id)


def _format_head(item: Item) -> str:
    return wrap(f"{item.title}  [{item.id}]", first=f"  {WORDS[item.status]:<{_WIDTH - 2}}", indent=_WIDTH)


def _format_item(item: Item, cut: Callable[[object], str]) -> Iterator[str]:
    yield _format_head(item)
    for one in item.evidence:
        yield wrap(cut(one.describe()), first=_BELOW)
    if item.remedy:
        yield from _format_remedy(item)


def _format_remedy(item: Item) -> Iterator[str]:
    """Yield what to do; every command has a line of its own, whole, so that it can be copied."""
    rest, before = clean_line(item.remedy), "write: " if item.status == AUTHOR else "try: "
    for command in map(clean_line, item.commands):
        words, _, rest = rest.partition(command)
        yield wrap(f"{before}{words.strip(' ,;')}", first=_BELOW).rstrip()
        yield f"{_BELOW}  {command}"
        before = ""
    if before or rest.strip(" ,;"):
        yield wrap(f"{before}{rest.strip(' ,;')}", first=_BELOW)
