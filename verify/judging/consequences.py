"""Says of a later stage that its difference follows from an earlier one, so that only the cause has advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verify.results import Result

# Stages from which others are computed, with the later ones that differ for that reason alone.
_AFTER_WEIGHTS = ("006", "007", "008", "009", "010", "012")
_FOLLOWING = {
    "002": ("003", "004", "005", "013", *_AFTER_WEIGHTS),
    "003": ("005", "013", *_AFTER_WEIGHTS),
    "004": ("005", "013", *_AFTER_WEIGHTS),
    "005": _AFTER_WEIGHTS,
    "006": ("009", "012"),
    "007": ("009",),
    "008": ("009",),
}


def name_causes(results: Iterable[Result]) -> list[Result]:
    """Return results in which a failure that follows from an earlier one has no advice but to look there."""
    named: list[Result] = []
    for result in results:
        failed = [before for before in named if before.status == "fail"] if result.status == "fail" else []
        cause = next((row for row in failed if result.id[1:] in _FOLLOWING.get(row.id[1:], ())), None)
        follows = cause and f"nothing here: it follows from {cause.id}, {cause.title}"
        named.append(attrs.evolve(result, remedy=follows) if follows else result)
    return named
