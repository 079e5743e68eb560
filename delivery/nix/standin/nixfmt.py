#!@python@
"""Stands for nixfmt, which cannot be had here: nixfmt --check FILE... It sees only what any formatter would change.

Tabs, spaces at the end of a line, an odd indent, and a missing or second newline at the end of the
file. Exit codes: 0 nothing found, 1 something.
"""

import sys
from pathlib import Path


def find_faults(text: str) -> list[str]:
    """Return what is wrong with a text, one line for each fault."""
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        indent = len(line) - len(line.lstrip(" "))
        wrong = {
            "tab": "\t" in line,
            "space at the end": line != line.rstrip(),
            "odd indent": indent % 2 == 1,
        }
        faults += [f"{number}: {name}" for name, found in wrong.items() if found]
    if not text.endswith("\n") or text.endswith("\n\n"):
        faults.append("end: not one newline")
    return faults


def main() -> int:
    """Print the faults of every file; return the exit code."""
    texts = {name: Path(name).read_text(encoding="utf-8") for name in sys.argv[2:]}
    found = [f"{name}:{fault}" for name, text in texts.items() for fault in find_faults(text)]
    sys.stderr.write("".join(f"{line}\n" for line in found))
    return int(bool(found) or sys.argv[1:2] != ["--check"] or not sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
