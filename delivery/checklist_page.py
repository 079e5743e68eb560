"""Writes the tables of docs/checklist.md again: `python -m delivery.checklist_page`."""

from __future__ import annotations

from pathlib import Path

from appliance.checklist.reference import render_items, render_lists
from delivery.pages import replace_part

PAGE = Path("docs/checklist.md")


def renew(page: str) -> str:
    """Return the page with both tables as the program has them now."""
    return replace_part(replace_part(page, "items", render_items()), "lists", render_lists())


if __name__ == "__main__":
    PAGE.write_text(renew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
