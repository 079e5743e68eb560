"""Writes the results of a fleet into the documents: page.py AGREEMENT RECORD PAGE DATE.

AGREEMENT was printed by `repro-appliance fleet --json`. RECORD keeps it with the date; PAGE shows it as a table
between two marks. A test compares the two, and both with the goldens and fleet.toml. Only the verdict
`identical` is recorded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from delivery.pages import replace_part
from verify.rendering.tables import Table, render_markdown

COLUMNS = ("member", "ISA", "bytes", "BLAS", "NumPy", "Python", "seconds")


def keep(agreement: dict[str, Any], date: str) -> dict[str, Any]:
    """Return the record of an agreement: all but the single checks, each of which passed."""
    legs = [{**leg, "checks": len(leg["checks"])} for leg in agreement["legs"]]
    return {**agreement, "legs": legs, "date": date}


def render(record: dict[str, Any]) -> str:
    """Return a record as Markdown."""
    legs = record["legs"]
    machines, orders = {leg["ISA"] for leg in legs}, {leg["bytes"] for leg in legs}
    digests = sorted({pair for leg in legs for pair in leg["digests"].items()})
    shown = ", ".join(f"`{name}` {digest.removeprefix('sha256:')[:12]}" for name, digest in digests)
    head = (
        f"{len(legs)} members, {len(machines)} instruction sets, {len(orders)} byte orders ({record['date']}):"
        f" **{record['verdict']}**, {shown} on every one; {record['seconds'] / 60:.1f} minutes in all on two cores."
    )
    table = Table(columns=COLUMNS, rows=[[leg[column] for column in COLUMNS] for leg in legs])
    return f"{head}\n\n{render_markdown(table)}"


def main() -> int:
    """Write record and page; return 1 if the verdict is not `identical`."""
    date = sys.argv[4]
    source, record, page = (Path(argument) for argument in sys.argv[1:4])
    agreement = json.loads(source.read_text(encoding="utf-8"))
    if agreement["verdict"] != "identical":
        print(f"not recorded: {agreement['verdict']}", file=sys.stderr)
        return 1
    kept = keep(agreement, date)
    record.write_text(json.dumps(kept, sort_keys=True, indent=1) + "\n", encoding="utf-8")
    page.write_text(replace_part(page.read_text(encoding="utf-8"), "fleet", render(kept)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
