"""The answered checklist, as JSON, text and Markdown."""

from __future__ import annotations

import attrs

from appliance.checklist import rendering
from appliance.checklist.answers import About, Item, Part, count_statuses

SCHEMA = "repro-appliance/checklist/1"


@attrs.frozen(kw_only=True)
class Checklist:
    """Every item, answered for one run.

    Args:
        about: the run.
        parts: the five parts, in their order.
    """

    about: About
    parts: tuple[Part, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order of the parts."""
        return tuple(item for part in self.parts for item in part.items)

    @property
    def counts(self) -> dict[str, int]:
        """How many items have each status."""
        return count_statuses(self.parts)

    def to_json(self) -> dict[str, object]:
        """Return what `checklist --json` prints."""
        parts = [part.to_json() for part in self.parts]
        return {"schema": SCHEMA, **attrs.asdict(self.about), "counts": self.counts, "parts": parts}

    def format_text(self) -> str:
        """Return it as text of 80 columns."""
        return rendering.format_text(self.about, self.parts)

    def format_markdown(self) -> str:
        """Return it as Markdown, for the appendix of a paper."""
        return rendering.format_markdown(self.about, self.parts)
