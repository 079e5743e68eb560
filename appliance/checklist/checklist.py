"""The answered checklist, as JSON, text and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.checklist import appendix, rendering
from appliance.checklist.answers import About, Item, Part, count_statuses
from appliance.checklist.arranged import describe

if TYPE_CHECKING:
    from appliance.checklist.conferences import DemandList

SCHEMA = "repro-appliance/checklist/1"


@attrs.frozen(kw_only=True)
class Checklist:
    """Every item, answered for one run.

    Args:
        about: the run.
        parts: the five parts, in their order.
        wanted: the list of a conference, in whose order text and Markdown are; None for ours.
    """

    about: About
    parts: tuple[Part, ...]
    wanted: DemandList | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in the order of the parts."""
        return tuple(item for part in self.parts for item in part.items)

    @property
    def counts(self) -> dict[str, int]:
        """How many items have each status."""
        return count_statuses(self.parts)

    def find_exit_code(self, *, strict: bool = False) -> int:
        """Return 0: a checklist informs; 1 where an item says no and that must not be."""
        return 1 if strict and self.counts["no"] else 0

    def to_json(self) -> dict[str, object]:
        """Return what `checklist --json` prints."""
        parts = [part.to_json() for part in self.parts]
        body = {"schema": SCHEMA, **attrs.asdict(self.about), "counts": self.counts, "parts": parts}
        return body if self.wanted is None else body | {"for": describe(self.parts, self.wanted)}

    def format_text(self, *, full: bool = False) -> str:
        """Return it as text of 80 columns; digests are cut unless `full`."""
        return rendering.format_text(self.about, self.parts, self.wanted, full=full)

    def format_markdown(self) -> str:
        """Return it as Markdown, for the appendix of a paper."""
        return appendix.format_markdown(self.about, self.parts, self.wanted)
