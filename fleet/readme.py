"""Puts the table of a fleet's record into the README, between its two marks: readme.py RECORD README [--check].

The record is what `repro-appliance fleet --json` printed. With `--check` nothing is written, and the exit code is 1
when the README says something else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_MARKS = ("<!-- fleet -->\n", "<!-- /fleet -->\n")
_COLUMNS = ("member", "ISA", "bytes", "BLAS", "NumPy", "Python", "smoke", "baseline", "verdict")
_SHORT = 12


def render(record: dict[str, Any]) -> str:
    """Return the table of a record as Markdown."""
    lines = ["| " + " | ".join(_COLUMNS) + " |", "|" + " --- |" * len(_COLUMNS)]
    for leg in record["legs"]:
        digests = {name: str(digest).removeprefix("sha256:")[:_SHORT] for name, digest in leg["digests"].items()}
        cells = {
            **leg,
            "smoke": f"`{digests.get('smoke', 'none')}`",
            "baseline": f"`{digests.get('baseline', 'none')}`",
        }
        lines.append("| " + " | ".join(str(cells[column]) for column in _COLUMNS) + " |")
    return "\n".join(lines) + f"\n\nVerdict of {len(record['legs'])} members: **{record['verdict']}**.\n"


def replace(text: str, table: str) -> str:
    """Return a text with the table between the marks."""
    before, _, rest = text.partition(_MARKS[0])
    _, _, after = rest.partition(_MARKS[1])
    return before + _MARKS[0] + table + _MARKS[1] + after


def main(arguments: list[str]) -> int:
    """Do what the module says."""
    record = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    page = Path(arguments[1])
    old = page.read_text(encoding="utf-8")
    new = replace(old, render(record))
    if "--check" in arguments:
        return int(old != new)
    page.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
