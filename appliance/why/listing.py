"""Another order of the listings of directories in a Python child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.axis import Launch

ORDERS = ("sorted", "reversed")
# The functions keep the name and the module of the original ones, so that their calls are recorded as theirs.
_STARTUP = """
def _why_order():
    import os
    listdir, scandir = os.listdir, os.scandir
    class Entries(list):
        def __enter__(self):
            return iter(self)
        def __exit__(self, *_):
            pass
        def __next__(self):
            raise StopIteration
        def close(self):
            pass
    def ordered_listdir(path="."):
        return sorted(listdir(path), reverse={reverse})
    def ordered_scandir(path="."):
        with scandir(path) as entries:
            return Entries(sorted(entries, key=lambda entry: entry.name, reverse={reverse}))
    for made, name in ((ordered_listdir, "listdir"), (ordered_scandir, "scandir")):
        made.__module__, made.__name__ = "posix", name
        setattr(os, name, made)
_why_order()
del _why_order
"""


def order_listings(order: str) -> Callable[[Launch], Launch]:
    """Return a change of a launch that lists directories sorted, or reversed."""
    lines = _STARTUP.format(reverse=order == "reversed")

    def change(launch: Launch) -> Launch:
        return attrs.evolve(launch, python_startup=(*launch.python_startup, lines))

    return change
