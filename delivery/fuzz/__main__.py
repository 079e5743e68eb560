"""Gives damaged files to every reader (`make torture`): python -m delivery.fuzz [--cases N] [--reader NAME] [--case N].

Every case must end in a value or in an error of the project with exit code 1, 2 or 3, within seconds and 2 GiB, and
show nothing that a terminal executes. A case has a number, with which `--case` makes it again.
Exit codes: 0 nothing was found, 1 something was, 3 the time was not sufficient for all cases.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from delivery.fuzz.cases import make_case, run_cases
from delivery.fuzz.parts import run_all
from delivery.fuzz.readers import READERS

if TYPE_CHECKING:
    from delivery.fuzz.cases import Tally
    from delivery.fuzz.readers import Reader


def describe(tally: Tally) -> str:
    """Return one line of figures, and one for each finding."""
    most = ", ".join(f"{title}: {count}" for title, count in tally.refusals.most_common(3))
    line = (
        f"{tally.reader:<14} {tally.cases:>8} cases {tally.read:>7} read {len(tally.findings):>4} findings"
        f" slowest {tally.slowest:.2f} s in {tally.seconds:.0f} s  ({most})"
    )
    return "\n".join([line, *(f"  case {found.case}: {found.what}" for found in tally.findings)])


def _show_case(reader: Reader, case: int) -> int:
    sys.stdout.buffer.write(make_case(reader, case) + b"\n")
    sys.stdout.flush()
    tally = run_cases(reader, range(case, case + 1), seconds=60)
    print(describe(tally))
    return 1 if tally.findings else 0


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m delivery.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="for each reader")
    parser.add_argument("--reader", action="append", choices=[reader.name for reader in READERS])
    parser.add_argument("--case", type=int, help="make this case again, with one --reader")
    parser.add_argument("--seconds", type=float, default=1800, help="for each reader")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    chosen = [index for index, reader in enumerate(READERS) if not given.reader or reader.name in given.reader]
    if given.case is not None:
        return _show_case(READERS[chosen[0]], given.case)
    tallies = run_all(chosen, given.cases, given.seconds, given.jobs, lambda tally: print(describe(tally), flush=True))
    if any(tally.findings for tally in tallies):
        return 1
    return 0 if all(tally.cases == given.cases for tally in tallies) else 3


if __name__ == "__main__":
    sys.exit(main())
