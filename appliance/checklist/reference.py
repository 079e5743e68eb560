"""The tables of docs/checklist.md: our items, and the checklists of conferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.checklist.appendix import name_source
from appliance.checklist.conferences import LISTS
from appliance.checklist.table import QUESTIONS, TITLES
from verify.rendering.tables import Table, render_markdown

if TYPE_CHECKING:
    from appliance.checklist.conferences import DemandList
    from appliance.checklist.questions import Question


def render_items() -> str:
    """Return a table for each part: what is asked, what makes the answer yes."""
    parts = []
    for name, title in TITLES.items():
        rows = [(question.id, question.title, _explain(question)) for question in QUESTIONS[name]]
        table = Table(columns=("id", "item", "answered by"), rows=rows)
        parts += [f"### {title}", render_markdown(table)]
    return "\n\n".join(parts)


def _explain(question: Question) -> str:
    if question.answer is None:
        return f"the author. {question.meaning} To write: {question.author}"
    return question.meaning


def render_lists() -> str:
    """Return a table for each checklist of a conference: its demands, and the items that answer them."""
    parts = ["\n".join(name_source(found) for found in LISTS)]
    for found in LISTS:
        parts += [f"### {found.title}", render_markdown(_tabulate(found))]
    return "\n\n".join(parts)


def _tabulate(found: DemandList) -> Table:
    rows = [
        (demand.number, demand.about, ", ".join(demand.items) or "the author: it is not about a run")
        for demand in found.demands
    ]
    return Table(columns=("number", "about", "items"), rows=rows)
