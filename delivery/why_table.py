"""Plants every difference and writes what `why` names: python3 -m delivery.why_table [OTHER_PYTHON] (`make why-table`).

The results stand in docs/why.json, and as tables in docs/explain-why.md. OTHER_PYTHON is an interpreter with another
NumPy. Exit codes are those of `why --self-test`: 0 every difference was named, 1 one was missed or has a wrong name.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from delivery.pages import replace_part

ROOT = Path(__file__).resolve().parent.parent
RECORD, PAGE = ROOT / "docs" / "why.json", ROOT / "docs" / "explain-why.md"
PART = "planted"


def main(arguments: list[str]) -> int:
    """Run the self-test, write record and page, return its exit code."""
    other = ["--other-numpy", arguments[0]] if arguments else []
    with tempfile.TemporaryDirectory(prefix="why-table-") as folder:
        tables = Path(folder) / "tables.md"
        command = [sys.executable, "-m", "appliance", "why", "--self-test", "--json", "--markdown", str(tables), *other]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1):
            return done.returncode
        RECORD.write_bytes(done.stdout)
        page = replace_part(PAGE.read_text(encoding="utf-8"), PART, tables.read_text(encoding="utf-8"))
    PAGE.write_text(page, encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
