"""The report on a fixed world: the fingerprint that is written beside the outputs, and the lines that are shown."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import attrs

from verify.escaping import clean
from verify.rendering.lines import wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.world.judging import Row
    from verify.digests import JsonValue

SCHEMA = "repro-appliance/world/1"
NOT_COVERED = (
    "the clock",
    "random numbers of the operating system",
    "the network",
    "memory that is read before it is written",
    "the number of processors that the program sees",
    "threads and processes that the program starts itself",
    "code that other libraries choose by the processor",
    "user, home, host name, directory, files that earlier runs left",
)
_HELD = frozenset({"holds", "not-there"})
_WORDS = {"not-fixed": "not fixed", "not-read": "set, but not read back"}


@attrs.frozen(kw_only=True)
class World:
    """What holds for the program.

    Args:
        command: the program and its arguments.
        prefix: programs before it.
        variables: what is set for it.
        removed: variables of the user that the program does not get; only shown, as equal worlds have equal reports.
        rows: every setting.
        host: the machine, the C library, Python, NumPy, its BLAS.
        packages: what the program's Python has installed.
    """

    command: tuple[str, ...]
    prefix: tuple[str, ...]
    variables: Mapping[str, str]
    removed: tuple[str, ...]
    rows: tuple[Row, ...]
    host: Mapping[str, str]
    packages: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every setting holds, or there is nothing that it could be for."""
        return all(row.status in _HELD for row in self.rows)

    @property
    def missing(self) -> tuple[Row, ...]:
        """The settings that do not hold, or that nobody could read back."""
        return tuple(row for row in self.rows if row.status not in _HELD)

    def to_json(self) -> dict[str, JsonValue]:
        """Return it as JSON, without times or temporary names: equal worlds give equal bytes."""
        rows = [{key: value for key, value in attrs.asdict(row).items() if value} for row in self.rows]
        return {
            "schema": SCHEMA,
            "complete": self.complete,
            "command": list(self.command),
            "prefix": list(self.prefix),
            "variables": dict(self.variables),
            "settings": list(rows),
            "not_covered": list(NOT_COVERED),
            "host": dict(self.host),
            "packages": list(self.packages),
        }

    def to_text(self, place: str) -> str:
        """Return some lines for a person.

        Args:
            place: the file with the whole report.
        """
        held = ", ".join(row.name for row in self.rows if row.status == "holds")
        lines = [wrap(f"fixed and read back: {held or 'nothing'}")]
        absent = ", ".join(row.name for row in self.rows if row.status == "not-there")
        if absent:
            lines.append(wrap(f"nothing to fix: {absent}", indent=2))
        groups: dict[tuple[str, str, str], list[str]] = {}
        for row in self.missing:
            groups.setdefault((_WORDS[row.status], row.reason, row.remedy), []).append(row.name)
        for (status, reason, remedy), names in groups.items():
            help_ = f"; to fix it: {remedy}" if remedy else ""
            lines.append(wrap(clean(f"{status}: {', '.join(names)}: {reason}{help_}"), indent=2))
        if self.removed:
            lines.append(wrap(f"left out of your environment: {', '.join(self.removed)}", indent=2))
        return "\n".join([*lines, wrap(f"fingerprint: {shlex.quote(place)}")])
