"""The results of all parts as JSON and as a page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from delivery.pages import replace_part
from delivery.torture.programs import ROOT
from delivery.torture.soak import KINDS, MEMORY
from verify.rendering.tables import Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

SCHEMA = "repro-appliance/torture/1"
RECORD, PAGE = ROOT / "docs" / "torture.json", ROOT / "docs" / "torture.md"
Rows = list[dict[str, Any]]


def read_rows(path: Path = RECORD) -> dict[str, Rows]:
    """Return the rows that are kept, by part."""
    if not path.is_file():
        return {}
    found: dict[str, Rows] = json.loads(path.read_text(encoding="utf-8"))["parts"]
    return found


def format_rows(parts: Mapping[str, Rows]) -> str:
    """Return all rows as JSON."""
    return json.dumps({"schema": SCHEMA, "parts": parts}, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def to_rows(found: Iterable[Any]) -> Rows:
    """Return rows of a part as they are after they were written and read."""
    rows: Rows = json.loads(json.dumps([attrs.asdict(row) for row in found]))
    return rows


def write(parts: Mapping[str, Rows]) -> None:
    """Write the JSON and the page."""
    RECORD.write_text(format_rows(parts), encoding="utf-8")
    PAGE.write_text(render(parts, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def list_complaints(parts: Mapping[str, Rows]) -> list[str]:
    """Return everything that is wrong."""
    return [text for _, rows in sorted(parts.items()) for row in rows for text in row["complaints"]]


def render(parts: Mapping[str, Rows], page: str) -> str:
    """Return the page with the tables of these rows between its marks."""
    kills = [row for name in ("kills", "signals") for row in parts.get(name, [])]
    faults = [row for name in ("faults", "scenes", "data") for row in parts.get(name, [])]
    found = list_complaints(parts)
    tables = {
        "kills": f"{_count(kills, 'trials', 'equal')}\n\n{_render_kills(kills)}",
        "faults": f"{_count(faults, 'cases', 'good')}\n\n{_render_faults(faults)}",
        "soak": _render_soak(parts.get("soak", [])),
        "runs": _render_list(parts.get("runs", [])),
        "wrong": "\n".join(f"* {text}" for text in found) or "Nothing is wrong.",
    }
    for name, text in tables.items():
        page = replace_part(page, name, text)
    return page


def _count(rows: Sequence[Mapping[str, Any]], all_of: str, good: str) -> str:
    total, right = (sum(int(row[key]) for row in rows) for key in (all_of, good))
    return f"**{right} of {total}.**"


def _render_kills(rows: Rows) -> str:
    keys = ("kills", "unfinished", "begun_anew", "fallen_back")
    columns = ("training", "signal", "equal", "ended", "unfinished", "anew", "damaged")
    cells = [
        (row["subject"], row["signal"], f"{row['equal']} of {row['trials']}", *(row[key] for key in keys))
        for row in rows
    ]
    return render_markdown(Table(columns=columns, rows=cells))


def _render_faults(rows: Rows) -> str:
    columns = ("fault", "how", "good", "ended with an error", "errors")
    cells = [
        (row["fault"], row["how"], f"{row['good']} of {row['cases']}", row["failed"], "; ".join(row["titles"]))
        for row in rows
    ]
    return render_markdown(Table(columns=columns, rows=cells))


def _render_soak(rows: Rows) -> str:
    columns = ("run", "done", "seconds", "memory, MiB", "growth", "allowed", "descriptors", "threads", "files", "KiB")
    cells = [
        (
            KINDS[row["kind"]], row["done"], f"{row['seconds']:.0f}", f"{row['most_memory']:.1f}",
            f"{row['memory']:.0f}",
            f"{MEMORY[row['kind']]:.0f}", f"{row['descriptors']:+.4f}", f"{row['threads']:+.4f}", row["most_files"],
            f"{row['most_disk']:.0f}",
        )
        for row in rows
    ]  # fmt: skip
    return render_markdown(Table(columns=columns, rows=cells))


def _render_list(rows: Rows) -> str:
    cells = [(row["runs"], f"{row['seconds']:.2f} s", f"{row['start']:.2f} s") for row in rows]
    return render_markdown(Table(columns=("runs", "listed in", "golden list"), rows=cells))
