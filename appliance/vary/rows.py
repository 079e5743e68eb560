"""Axes with their status, causes in words: the rows of an answer."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class AxisRow:
    """One axis: harmless, changing the results, or not tested."""

    name: str
    title: str
    values: tuple[str, ...]
    status: str
    reason: str = ""
    remedy: str = ""
    advice: str = ""


@attrs.frozen(kw_only=True)
class CauseRow:
    """One cause in words."""

    axes: tuple[str, ...]
    settings: tuple[str, ...]
    mechanism: str
    proof: str
    difference: str = ""
