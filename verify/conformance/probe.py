"""A probe: one property of a host, tried by its effect, with the guarantees that depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from verify.catalogue.table import find_check

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.conformance.operations import Operations

Tier = Literal["portable", "same instruction set", "same machine", "none"]
# From the strongest guarantee to none.
TIERS: tuple[Tier, ...] = ("portable", "same instruction set", "same machine", "none")


@attrs.frozen(kw_only=True)
class Probe:
    """One property of a host; its title and its remedy are in the table of checks.

    Args:
        id: C and three digits.
        needed_for: the guarantees that need it; none for a property that only explains differences.
        check: tries the property with the operations it is given; returns None where it holds, else what was found.
    """

    id: str
    needed_for: tuple[Tier, ...]
    check: Callable[[Operations], str | None]

    @property
    def title(self) -> str:
        """The property, as a sentence that is true on a sound host."""
        return find_check(self.id).title

    @property
    def remedy(self) -> str:
        """What the reader can do where it does not hold."""
        return find_check(self.id).remedy
