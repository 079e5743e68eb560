"""Fails unless there were jobs before the last one and all of them succeeded (exit code 1).

It reads the workflow's context `needs` as JSON from the variable NEEDS.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def judge_needs(needs: dict[str, dict[str, Any]]) -> tuple[list[str], int]:
    """Return a line for each job and the exit code; a job that was skipped or cancelled is a failure."""
    results = {name: str(job.get("result")) for name, job in sorted(needs.items())}
    succeeded = bool(results) and set(results.values()) == {"success"}
    return [f"{result:<10} {name}" for name, result in results.items()], 0 if succeeded else 1


def main() -> int:
    """Print a line for each job; return the exit code."""
    lines, code = judge_needs(json.loads(os.environ["NEEDS"]))
    sys.stdout.write("\n".join(lines or ["there was no job before this one"]) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
