"""The answers in the order of a conference's checklist: each of its demands, answered by our items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.checklist.answers import Item, Part, Status
    from appliance.checklist.conferences import Demand, DemandList


@attrs.frozen(kw_only=True)
class Arranged:
    """One demand with the items that answer it."""

    demand: Demand
    items: tuple[Item, ...]

    @property
    def status(self) -> Status:
        """No if an item says no; yes if every item that applies says yes; else the author has to write something."""
        statuses = {item.status for item in self.items} - {"not-applicable"}
        if "no" in statuses:
            return "no"
        if not self.items or "not-answerable-by-machine" in statuses:
            return "not-answerable-by-machine"
        return "yes" if statuses else "not-applicable"

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object; the items stand elsewhere, and are named here."""
        names = [item.id for item in self.items]
        return {"number": self.demand.number, "about": self.demand.about, "status": self.status, "items": names}


def arrange(parts: Iterable[Part], wanted: DemandList) -> tuple[Arranged, ...]:
    """Return the demands of a list in its order, with their items."""
    known = {item.id: item for part in parts for item in part.items}
    return tuple(
        Arranged(demand=demand, items=tuple(known[name] for name in demand.items)) for demand in wanted.demands
    )


def describe(parts: Iterable[Part], wanted: DemandList) -> dict[str, object]:
    """Return a list with its demands and answers as a JSON object."""
    about = {"name": wanted.name, "title": wanted.title, "version": wanted.version, "source": wanted.source}
    return {**about, "demands": [one.to_json() for one in arrange(parts, wanted)]}
