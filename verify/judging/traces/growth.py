"""How many events differ by step, in a table of a bounded number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from verify.files.trace import EventId

MOST_ROWS = 64
Scope = tuple[int | None, int | None]


@attrs.define(kw_only=True)
class GrowthRow:
    """One step, or several that follow each other.

    Args:
        first: epoch and step with which the row begins.
        last: epoch and step with which it ends.
        events: how many events there were.
        differing: how many of them had other outputs.
        ulp: the largest distance of single numbers.
    """

    first: Scope
    last: Scope
    events: int = 0
    differing: int = 0
    ulp: int | None = None

    def join(self, other: GrowthRow) -> None:
        """Add the steps of the row that follows."""
        self.last = other.last
        self.events += other.events
        self.differing += other.differing
        self.ulp = max((ulp for ulp in (self.ulp, other.ulp) if ulp is not None), default=None)


class Growth:
    """The rows from the first difference on."""

    def __init__(self) -> None:
        self._rows: list[GrowthRow] = []
        self._scopes = self._per_row = 1
        self._scope: Scope | None = None

    def add(self, event: EventId, *, differs: bool, ulp: int | None) -> None:
        """Count one event; before the first difference nothing is counted."""
        scope = event.epoch, event.step
        if not self._rows and not differs:
            return
        if not self._rows or scope != self._scope:
            self._begin(scope)
        row = self._rows[-1]
        row.last = scope
        row.events += 1
        row.differing += differs
        if ulp is not None:
            row.ulp = max(ulp, row.ulp or 0)

    def _begin(self, scope: Scope) -> None:
        self._scope = scope
        if self._rows and self._scopes < self._per_row:
            self._scopes += 1
            return
        if len(self._rows) == MOST_ROWS:
            for row, following in zip(self._rows[::2], self._rows[1::2], strict=True):
                row.join(following)
            self._rows = self._rows[::2]
            self._per_row *= 2
        self._scopes = 1
        self._rows.append(GrowthRow(first=scope, last=scope))

    @property
    def rows(self) -> tuple[GrowthRow, ...]:
        """All rows in order."""
        return tuple(self._rows)
