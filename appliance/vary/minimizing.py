"""Delta debugging: from a set of settings that changes the results to a smallest one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Item = TypeVar("_Item")


def minimize(items: Sequence[_Item], acts: Callable[[Sequence[_Item]], bool]) -> tuple[_Item, ...]:
    """Return a subset that acts and of which no single item can be left out.

    Args:
        items: a set that acts.
        acts: tells whether a subset acts; it is asked for the empty one, too.
    """
    if acts(()):
        return ()
    left, parts = tuple(items), 2
    while len(left) > 1:
        chunks = _divide(left, parts)
        smaller = next((chunk for chunk in chunks if acts(chunk)), None)
        if smaller is not None:
            left, parts = smaller, 2
            continue
        rests = [tuple(item for item in left if item not in chunk) for chunk in chunks] if parts > 2 else []  # noqa: PLR2004 - the rest of a half is a half
        rest = next((rest for rest in rests if acts(rest)), None)
        if rest is not None:
            left, parts = rest, max(parts - 1, 2)
        elif parts < len(left):
            parts = min(len(left), 2 * parts)
        else:
            break
    return left


def _divide(items: tuple[_Item, ...], parts: int) -> list[tuple[_Item, ...]]:
    """Return the items in parts of about equal size."""
    edges = [len(items) * number // parts for number in range(parts + 1)]
    return [items[begin:end] for begin, end in pairwise(edges) if begin < end]
