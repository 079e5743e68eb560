"""A probe: one property of a host, looked at by effect, with what depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

Tier = Literal["portable", "same instruction set", "same machine", "none"]
# From the strongest guarantee to none.
TIERS: tuple[Tier, ...] = ("portable", "same instruction set", "same machine", "none")


@attrs.frozen(kw_only=True)
class Probe:
    """One property of a host.

    Args:
        id: C and three digits, never given to another probe.
        title: the property, as a sentence that holds on a sound host.
        needed_for: the guarantees that need it; none for a property that only explains.
        remedy: what the reader can do where it does not hold.
        look: returns None where the property holds, else what was seen instead; raises nothing.
    """

    id: str
    title: str
    needed_for: tuple[Tier, ...]
    remedy: str
    look: Callable[[], str | None]
