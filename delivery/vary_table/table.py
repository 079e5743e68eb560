"""The table as JSON and as Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from delivery.vary_table.judging import Row
from verify.rendering.tables import Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "repro-appliance/vary-table/1"
COLUMNS = ("program", "what it does", "right answer", "named", "runs", "seconds", "judged")


def write_json(rows: Sequence[Row]) -> str:
    """Return the rows as JSON."""
    value = {"schema": SCHEMA, "rows": [attrs.asdict(row) for row in rows]}
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_json(text: str) -> tuple[Row, ...]:
    """Return the rows that are in a text of JSON."""
    return tuple(Row(**row) for row in json.loads(text)["rows"])


def merge(known: Sequence[Row], new: Row, order: Sequence[str]) -> tuple[Row, ...]:
    """Return all rows, a new one in the place of a known one, in the order of the programs; others are left out."""
    rows = {row.id: row for row in (*known, new)}
    return tuple(rows[name] for name in order if name in rows)


def render(rows: Sequence[Row]) -> str:
    """Return the rows as a table of Markdown, with a line above that counts them."""
    counts = {
        judged: sum(1 for row in rows if row.judged == judged) for judged in ("right", "cannot be shown here", "wrong")
    }
    head = f"{len(rows)} programs: " + ", ".join(f"{count} {judged}" for judged, count in counts.items() if count) + "."
    cells = [(row.id, row.title, row.answer, row.named, row.runs, f"{row.seconds:.0f}", _tell(row)) for row in rows]
    return f"{head}\n\n{render_markdown(Table(columns=COLUMNS, rows=cells))}"


def _tell(row: Row) -> str:
    return f"{row.judged}: {row.reason}" if row.reason else row.judged
