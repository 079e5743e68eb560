"""What a traced program has left, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from pathlib import Path

    from verify.digests import JsonValue

SCHEMA = "repro-appliance/trace-summary/1"
_NOTHING, _SIGNALS = 3, 128
_SHOWN = 6


@attrs.frozen(kw_only=True)
class TraceSummary:
    """A finished trace.

    Args:
        directory: where it is.
        code: the program's exit code, or the negative number of the signal that ended it.
        header: its header.
    """

    directory: Path
    code: int
    header: dict[str, Any]

    @property
    def events(self) -> int:
        """The number of events of all processes."""
        return int(self.header["events"]) + sum(int(row["events"]) for row in self.header["processes"].values())

    @property
    def exit_code(self) -> int:
        """The program's own exit code, as a shell tells it; 3 if it succeeded and nothing was recorded."""
        if self.code < 0:
            return _SIGNALS - self.code
        return _NOTHING if self.code == 0 and not self.events else self.code

    def to_json(self) -> dict[str, JsonValue]:
        """Return the summary as JSON."""
        names = ("chain", "complete", "coverage", "failure", "function", "level", "processes")
        chosen = {name: self.header[name] for name in names if name in self.header}
        return {
            "schema": SCHEMA,
            "directory": str(self.directory),
            "events": self.events,
            "exit_code": self.exit_code,
            "program_exit_code": self.code,
            **chosen,
        }

    def to_text(self) -> str:
        """Return the summary as text for people."""
        coverage = self.header["coverage"]
        lines = [f"{self.events} events in {self.directory}"]
        if self.header.get("failure"):
            lines.append(f"the program failed: {self.header['failure']}")
        if not self.events:
            lines.append("nothing was recorded: name your modules with --watch")
        if coverage.get("watched"):
            lines.append(f"watched: {', '.join(coverage['watched'][:_SHOWN])}")
        missed = coverage.get("not_seen", [])
        lines += [f"not seen: {text}" for text in missed[:_SHOWN]]
        if len(missed) > _SHOWN:
            lines.append(f"and {len(missed) - _SHOWN} more in header.json")
        return "\n".join(lines)
