"""The reproducibility checklist of a run, or an answer of `checklist`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.answers import STATUSES
from appliance.reports.bodies import take_bodies, take_body, take_text
from appliance.reports.page import Facts, Folded, Part, Section, make_grid

if TYPE_CHECKING:
    from appliance.reports.bodies import Body
    from appliance.reports.page import Block

_WORDS = {"not-answerable-by-machine": "not answerable by machine", "not-applicable": "not applicable"}


def build_checklist(body: Body) -> Part:
    """Return the part of an answer of `checklist --json`."""
    return Part(
        kind="checklist",
        title=f"Checklist of {take_text(body, 'config')}, seed {body.get('seed')}",
        sentence=f"The items of the checklist: {_count(body)}.",
        sections=(Section(title="Checklist", blocks=list_items(body)),),
    )


def list_items(body: Body) -> tuple[Block, ...]:
    """Return how many items have which answer, and each part for those who ask."""
    counts = [(_name(name), number) for name, number in _list_counts(body)]
    columns = ("item", "answer", "what", "evidence", "what to do")
    parts = []
    for part in take_bodies(body, "parts"):
        items = take_bodies(part, "items")
        rows = [
            (item.get("id"), _name(item.get("status")), item.get("title"), _describe(item), item.get("remedy") or "")
            for item in items
        ]
        yes = len([item for item in items if item.get("status") == "yes"])
        title = f"{part.get('title')}: {yes} of {len(items)} are answered yes"
        grid = make_grid(f"{part.get('title')}", columns, rows, status="answer")
        parts.append(Folded(title=title, blocks=(grid,)))
    return (Facts(rows=counts), *parts)


def _count(body: Body) -> str:
    return ", ".join(f"{number} {_name(name)}" for name, number in _list_counts(body))


def _list_counts(body: Body) -> list[tuple[str, object]]:
    """Return how many items have each status, in the order in which they are told."""
    found = take_body(body, "counts")
    order = [*(name for name in STATUSES if name in found), *sorted(name for name in found if name not in STATUSES)]
    return [(name, found[name]) for name in order]


def _name(status: object) -> str:
    return _WORDS.get(str(status), str(status))


def _describe(item: Body) -> str:
    """Return the facts behind an answer."""
    facts = []
    for fact in take_bodies(item, "evidence"):
        source = ", ".join(take_text(fact, name) for name in ("check", "file") if take_text(fact, name))
        facts.append(f"{take_text(fact, 'text')} ({source})" if source else take_text(fact, "text"))
    return "; ".join(facts)
