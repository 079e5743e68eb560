"""A probe: one property of a host, tried by its effect, with the guarantees that depend on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.conformance.operations import Operations

Tier = Literal["portable", "same instruction set", "same machine", "none"]
# From the strongest guarantee to none.
TIERS: tuple[Tier, ...] = ("portable", "same instruction set", "same machine", "none")


@attrs.frozen(kw_only=True)
class Probe:
    """One property of a host.

    Args:
        id: C and three digits, never given to another probe.
        title: the property, as a sentence that holds on a sound host.
        needed_for: the guarantees that need it; none for a property that only explains differences.
        remedy: what the reader can do where it does not hold.
        check: tries the property with the operations it is given; returns None where it holds, else what was found.
    """

    id: str
    title: str
    needed_for: tuple[Tier, ...]
    remedy: str
    check: Callable[[Operations], str | None]
