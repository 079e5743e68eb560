"""The answer of `why` for readers: text, Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.rendering import comparison as rendering
from verify.rendering import pages
from verify.rendering.pages import Page, Section
from verify.rendering.tables import Table

if TYPE_CHECKING:
    from appliance.why.answer import Answer, Finding

_SHORT = 24


def format_text(answer: Answer) -> str:
    """Return the answer as text."""
    return pages.render_text(build_page(answer))


def format_markdown(answer: Answer) -> str:
    """Return the answer as Markdown."""
    return pages.render_markdown(build_page(answer))


def build_page(answer: Answer) -> Page:
    """Return the answer as a page: that of `diff`, with the cause and its proof."""
    page = rendering.build_page(answer.comparison)
    if answer.finding is None:
        return page
    return attrs.evolve(
        page,
        sentence=answer.sentence,
        rows=(*_list_cause(answer.finding), *page.rows),
        sections=(*_build_sections(answer.finding), *page.sections),
        last=tuple(line for line in page.last if "values at the origin" not in line),
    )


def _list_cause(found: Finding) -> list[tuple[str, str]]:
    rows = [("cause", found.cause)]
    rows += [("states", found.values)] if found.values else []
    rows += [("mechanism", found.mechanism)] if found.mechanism else []
    rows += [("also through", ", ".join(found.also))] if found.also else []
    for row in found.evidence:
        rows += [("measured", row.what), ("  a", row.a), ("  b", row.b)]
    rows += [("proof" if row.holds else "no proof", f"{row.what}: {row.result}") for row in found.proof]
    rows += [("not", f"{row.axis}: {row.how}") for row in found.excluded if row.tested]
    rows += [("not tested", f"{row.axis}: {row.how}") for row in found.excluded if not row.tested]
    rows += [("remedy", found.remedy)] if found.remedy else []
    rows += [("fixed", f"{row.what}: {row.result}") for row in found.fixed]
    return rows


def _build_sections(found: Finding) -> list[Section]:
    rows = [(row.axis, _shorten(row.value), row.status, _shorten(row.found)) for row in found.worlds]
    if not rows:
        return []
    table = Table(columns=("axis", "value", "result", "read back"), rows=rows, brief=("axis", "value", "result"))
    return [Section(title="The operation alone, in every world:", table=table)]


def _shorten(text: str) -> str:
    """Return a text that fits into a cell: long ones without their middle, because their ends tell them apart."""
    half = (_SHORT - 3) // 2
    return text if len(text) <= _SHORT else f"{text[:half]}...{text[half - _SHORT + 3 :]}"
