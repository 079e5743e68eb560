"""Runs the steps of a file, then prints a table of their times: `python3 -m delivery.ci STEPS.toml`.

Standard library only, because it runs before anything is installed. Exit codes: 0 every step is ok; 2 the file cannot
be read; that of the first step that failed; after a signal 128 and its number.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from delivery.ci.plan import group_steps, read_steps
from delivery.ci.processes import Processes, adopt_orphans, end_orphans
from delivery.ci.running import Run


def main(arguments: list[str] | None = None) -> int:
    """Run the steps, print the table, return the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m delivery.ci", description="Run the steps of a file.")
    parser.add_argument("steps", type=Path, metavar="STEPS.toml")
    parser.add_argument("--spent", type=float, default=0.0, help="seconds that were spent before, which are counted")
    options = parser.parse_args(arguments)
    try:
        steps = read_steps(options.steps.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{options.steps}: {error}", file=sys.stderr)
        return 2
    run = Run(Processes(), options.spent)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: run.end(128 + number))
    adopt_orphans()
    run.run_groups(group_steps(steps))
    end_orphans()
    print(*["", *run.list_rows(steps), f"{run.seconds:6.0f} s  in all"], sep="\n", flush=True)
    return run.code


if __name__ == "__main__":
    sys.exit(main())
