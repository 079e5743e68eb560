"""Reads parts of JSON answers; what is not there is empty."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Body = dict[str, Any]


def take_body(body: Mapping[str, Any], name: str) -> Body:
    """Return an object."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def take_bodies(body: Mapping[str, Any], name: str) -> list[Body]:
    """Return the objects of a list."""
    value = body.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def take_texts(body: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts of a list."""
    value = body.get(name)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list | tuple) else []


def take_text(body: Mapping[str, Any], name: str) -> str:
    """Return a text."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def take_number(body: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number."""
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
