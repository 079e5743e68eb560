"""Reads what a recorder wrote, for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def read_events(directory: Path, name: str = "events.jsonl") -> list[dict[str, Any]]:
    """Return the events of a trace."""
    return [json.loads(line) for line in (directory / name).read_text(encoding="ascii").splitlines()]


def read_header(directory: Path) -> dict[str, Any]:
    """Return the header of a trace."""
    header: dict[str, Any] = json.loads((directory / "header.json").read_text(encoding="ascii"))
    return header
