"""Runs `vary` on programs with known answers: python3 -m delivery.vary_table [--cases DIR] (`make vary-table`).

The programs of tests/appliance/vary/programs are always run; those of a folder of cases if it is given. What was judged
stands in docs/vary.json and, as a table, in docs/vary.md. Rows that are not run anew are left as they are. Exit codes:
0 all are judged right, or cannot be shown here; 1 one is judged wrong; 2 there is no such program or folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from delivery.pages import replace_part
from delivery.variants import find_interpreter
from delivery.vary_table import table
from delivery.vary_table.judging import judge, skip
from delivery.vary_table.programs import read_programs
from delivery.vary_table.running import ROOT, Tools, run_vary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from delivery.vary_table.judging import Row
    from delivery.vary_table.programs import Program

OWN = ROOT / "tests" / "appliance" / "vary" / "programs"
CASES = Path(__file__).parent / "cases.toml"
RECORD, PAGE = ROOT / "docs" / "vary.json", ROOT / "docs" / "vary.md"
_VERSIONS = ("3.13", "3.12", "3.11", "3.10", "3.9", "3.8")


def find_other() -> str:
    """Return an interpreter of another version than this one; "" if there is none."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = (find_interpreter(version) for version in _VERSIONS if version != ours)
    return next((str(path) for path in found if path is not None), "")


def judge_program(program: Program, source: Path, tools: Tools) -> Row:
    """Run one program, if this machine can, and return its row."""
    missing = tools.list_missing(program)
    if missing:
        return skip(program, missing)
    with tempfile.TemporaryDirectory(prefix="vary-table-") as folder:
        return judge(program, run_vary(program, source, Path(folder), tools))


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m delivery.vary_table", description="judge programs with known answers"
    )
    parser.add_argument(
        "--cases", type=Path, help="the folder of the programs that delivery/vary_table/cases.toml lists"
    )
    parser.add_argument(
        "--only", action="append", default=[], help="run only programs with this in their name or files"
    )
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the programs")
    parser.add_argument("--numpy", default="", help="an environment with another NumPy")
    return parser.parse_args()


def _run_all(wanted: list[tuple[Program, Path]], tools: Tools) -> Iterator[Row]:
    for program, source in wanted:
        row = judge_program(program, source, tools)
        print(f"{row.judged}: {row.id}: {row.named} ({row.runs} runs, {row.seconds:.0f} s) {row.reason}", flush=True)
        yield row


def main() -> int:
    """Run what is asked for, write the record and the page, return the exit code."""
    given = _read_arguments()
    own, cases = read_programs(OWN / "answers.toml"), read_programs(CASES)
    everything = [(program, OWN) for program in own] + [(program, given.cases) for program in cases if given.cases]
    wanted = [(program, source) for program, source in everything if _is_wanted(program, given.only)]
    if not wanted or (given.cases and not given.cases.is_dir()):
        print("no such programs", file=sys.stderr)
        return 2
    tools = Tools(python=given.python, other=find_other(), numpy=given.numpy)
    rows = table.read_json(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else ()
    judged = []
    for row in _run_all(wanted, tools):
        judged.append(row.judged)
        rows = table.merge(rows, row, [program.id for program in (*own, *cases)])
        RECORD.write_text(table.write_json(rows), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    for mark, programs in (("programs", own), ("cases", cases)):
        names = {program.id for program in programs}
        shown = [row for row in rows if row.id in names]
        page = replace_part(page, mark, table.render(shown)) if shown else page
    PAGE.write_text(page, encoding="utf-8")
    return 1 if "wrong" in judged else 0


def _is_wanted(program: Program, only: list[str]) -> bool:
    return not only or any(text in name for text in only for name in (program.id, *program.files))


if __name__ == "__main__":
    sys.exit(main())
