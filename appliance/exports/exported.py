"""What an export wrote, the same for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.files.writing import make_printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from verify.digests import JsonObject
    from verify.files.record import RunRecord

SCHEMA = "repro-appliance/export/1"


@attrs.frozen(kw_only=True)
class Exported:
    """The files of an export.

    Args:
        form: the format.
        runs: the records of the runs.
        files: the digest of each file that was written.
        details: what the JSON form says beside this.
        lines: what the text says beside this.
    """

    form: str
    runs: tuple[RunRecord, ...]
    files: Mapping[Path, str]
    details: JsonObject
    lines: tuple[str, ...]

    def to_json(self) -> JsonObject:
        """Return the answer as a JSON object."""
        return {
            "schema": SCHEMA,
            "format": self.form,
            "config": self.runs[0].config,
            "run": self.runs[0].digests.run,
            "runs": [{"config": run.config, "run": run.digests.run} for run in self.runs],
            "files": {make_printable(str(path)): digest for path, digest in self.files.items()},
            **self.details,
        }

    def format_text(self) -> str:
        """Return the answer as text."""
        files = [f"  {make_printable(str(path))}  {digest}" for path, digest in self.files.items()]
        heads = [f"{run.config}, run {run.digests.run}: exported as {self.form}" for run in self.runs]
        return "\n".join([*heads, *files, *(f"  {line}" for line in self.lines)])
