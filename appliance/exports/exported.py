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
        run: the record of the run.
        files: the digest of each file that was written.
        details: what the JSON form says beside this.
        lines: what the text says beside this.
    """

    form: str
    run: RunRecord
    files: Mapping[Path, str]
    details: JsonObject
    lines: tuple[str, ...]

    def to_json(self) -> JsonObject:
        """Return the answer as a JSON object."""
        return {
            "schema": SCHEMA,
            "format": self.form,
            "config": self.run.config,
            "run": self.run.digests.run,
            "files": {make_printable(str(path)): digest for path, digest in self.files.items()},
            **self.details,
        }

    def format_text(self) -> str:
        """Return the answer as text."""
        files = [f"  {make_printable(str(path))}  {digest}" for path, digest in self.files.items()]
        head = f"{self.run.config}, run {self.run.digests.run}: exported as {self.form}"
        return "\n".join([head, *files, *(f"  {line}" for line in self.lines)])
