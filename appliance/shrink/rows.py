"""What an answer is made of, and its rows: packages with their status, smallest sets, sets that could not be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.shrink.search import Found
    from appliance.shrink.wheels import Change
    from appliance.vary.launching import Launcher
    from appliance.vary.memory import Memory


@attrs.frozen(kw_only=True)
class Material:
    """What an answer is made of."""

    found: Found
    changes: Sequence[Change]
    locks: tuple[Path, Path]
    memory: Memory
    launcher: Launcher
    equal: int
    environments: int
    seconds: float
    remarks: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PackageRow:
    """One package that differs: `changes`, `harmless` or `not-tested`."""

    name: str
    a: str
    b: str
    status: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class CauseRow:
    """One smallest set."""

    packages: tuple[str, ...]
    changes: tuple[str, ...]
    mechanism: str
    proof: str
    difference: str = ""


@attrs.frozen(kw_only=True)
class RefusedRow:
    """One set that could not be tested."""

    packages: tuple[str, ...]
    reason: str
