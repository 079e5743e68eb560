"""Writes the header of a trace."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from verify.tracing.fingerprints import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from verify.tracing.flattening import Tally

SCHEMA = "repro-appliance/trace/1"
HEADER, EVENTS, TENSORS = "header.json", "events.jsonl", "tensors"


class Header:
    """The header of one trace.

    Args:
        directory: of the trace.
        level: "epoch", "step" or "calls".
        command: the words that started the program.
        world: what was read back of the world.
        details: further keys.

    Attributes:
        given: the keys that do not depend on the events; `world` may be replaced, others may be added.
    """

    def __init__(
        self,
        directory: Path,
        *,
        level: str,
        command: Sequence[str],
        world: Mapping[str, Any],
        details: Mapping[str, Any],
    ) -> None:
        self.given: dict[str, Any] = {"level": level, "command": list(command), "world": dict(world), **details}
        self._path = directory / HEADER

    def write(
        self, *, complete: bool, events: int, heads: list[dict[str, Any]], chain: str, coverage: Mapping[str, Any]
    ) -> None:
        """Replace the file: what was given, and how far the trace is."""
        progress = {"complete": complete, "events": events, "heads": heads, "chain": chain, "coverage": coverage}
        write_json(self._path, {"schema": SCHEMA, "function": FUNCTION, **self.given, **progress})


def summarize_coverage(given: Mapping[str, Any], events: int, tally: Tally, lost: Sequence[str]) -> dict[str, Any]:
    """Return what was seen and what was not.

    Args:
        given: what the program's hooks know.
        events: the number of events.
        tally: what was read.
        lost: further texts that say what was not seen.
    """
    types = [f"{count} values of type {name}" for name, count in sorted(tally.types.items())]
    operations = {"seen": events, **given.get("operations", {})}
    not_seen = [*given.get("not_seen", ()), *lost, *types]
    return {**given, "operations": operations, "bytes": tally.bytes, "not_seen": not_seen}


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace a JSON file whole."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.write_text(json.dumps(value, sort_keys=True, indent=2, ensure_ascii=True) + "\n", encoding="ascii")
    draft.replace(path)
