"""Goldens of arrays on the command line: listed and checked without tests, recorded by running pytest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.processes.captured import run_captured
from appliance.processes.child import Command
from appliance.verification.goldens import GoldenCheck
from verify.arrays.inventory import Row, check_file, find_goldens, list_rows
from verify.errors import ApplianceError, CouldNotJudgeError, UsageError
from verify.judging.checks import explain_doubt
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.results import Result

LIST_SCHEMA = "repro-appliance/array-golden-list/1"
RECORD_SCHEMA = "repro-appliance/array-golden-record/1"
_RECORD = "repro-appliance golden record"
_TAIL = 4000


@attrs.frozen(kw_only=True)
class ArrayGoldenList:
    """Every check of goldens of arrays, and the files that cannot be read."""

    rows: tuple[Row, ...]
    problems: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        problems = [{"file": file, "problem": problem} for file, problem in self.problems]
        return {"schema": LIST_SCHEMA, "checks": [attrs.asdict(row) for row in self.rows], "problems": problems}

    def to_text(self) -> str:
        """Return the checks by file."""
        lines: list[str] = []
        for row in self.rows:
            if row.file not in lines:
                lines.append(row.file)
            kept = ", with stored arrays" if row.stored else ""
            values = f"{row.values} value{'s' if row.values != 1 else ''}"
            lines.append(f"  {row.test}, check {row.check}: {values}, numpy {row.numpy}{kept}")
        lines += [f"{file}: {problem}" for file, problem in self.problems]
        return "\n".join(lines) or "there is no golden of arrays"


def list_array_goldens(places: Sequence[Path]) -> ArrayGoldenList:
    """Return the checks in all goldens of arrays at these places.

    Raises:
        UsageError: there is no such place.
    """
    rows: list[Row] = []
    problems = []
    for path in find_goldens(places):
        try:
            rows += list_rows(path)
        except ApplianceError as error:
            problems.append((str(path), error.title))
    return ArrayGoldenList(rows=tuple(rows), problems=tuple(problems))


def check_array_goldens(places: Sequence[Path]) -> GoldenCheck:
    """Look for damaged goldens of arrays at these places, without running a test.

    Raises:
        UsageError: there is no such place.
    """
    results: list[Result] = []
    for path in find_goldens(places):
        try:
            check_file(path)
        except ApplianceError as error:
            results.append(explain_doubt(error, "G007"))
        else:
            results.append(make_result("G007", "pass", where=str(path)))
    if not results:
        remedy = f"{_RECORD} {places[0]}"
        results.append(make_result("G005", "could-not-judge", where=str(places[0]), remedy=remedy))
    return GoldenCheck(results=tuple(results))


@attrs.frozen(kw_only=True)
class ArrayGoldenRecord:
    """What recording came to: the output of the first run of pytest, and whether a second one agrees."""

    target: str
    output: str
    confirmed: bool

    @property
    def exit_code(self) -> int:
        """0 if the second run agrees with what the first one recorded, otherwise 1."""
        return 0 if self.confirmed else 1

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "schema": RECORD_SCHEMA,
            "target": self.target,
            "verdict": "identical" if self.confirmed else "different",
            "output": self.output,
        }

    def to_text(self) -> str:
        """Return the output, then the verdict."""
        agrees = "a second run agrees with the goldens" if self.confirmed else "a second run of these tests fails"
        return f"{self.output}\n{agrees}"


def is_tests(name: str) -> bool:
    """Tell whether a name is one of tests, not of a configuration: a directory, a file of Python, an id of pytest."""
    return "::" in name or name.endswith(".py") or Path(name).is_dir()


def record_array_goldens(target: str, environment: Mapping[str, str]) -> ArrayGoldenRecord:
    """Record the goldens of tests by running pytest, then run the same tests again to see that they agree.

    Args:
        target: a directory of tests, a test file, or the id of a test.
        environment: the variables that the user had.

    Raises:
        UsageError: CI is set.
        CouldNotJudgeError: pytest could not run the tests.
    """
    if environment.get("CI"):
        raise UsageError(
            "goldens are never written in continuous integration",
            expected="the environment variable CI unset",
            found=f"CI={environment['CI']}",
            where=target,
            remedy="record it on a developer's machine, review what changed, then commit the file",
        )
    code, output = _run_tests(target, environment, "--golden-update")
    if code not in (0, 1):
        raise CouldNotJudgeError(
            "pytest could not run the tests",
            expected="exit code 0 or 1",
            found=[f"exit code {code}", *output.splitlines()[-5:]],
            where=target,
            remedy=f"install pytest beside this program, and try: python -m pytest {target}",
        )
    again, later = _run_tests(target, environment)
    return ArrayGoldenRecord(target=target, output=output if again == 0 else later, confirmed=again == 0)


def _run_tests(target: str, environment: Mapping[str, str], *words: str) -> tuple[int, str]:
    """Run pytest and return its exit code and the end of its output."""
    arguments = (sys.executable, "-m", "pytest", "-p", "repro_appliance_pytest", "-q", *words, "--", target)
    answer = run_captured(Command(arguments=arguments, environment=environment))
    text = "\n".join(text[-_TAIL:].rstrip() for text in (answer.output, answer.messages) if text.strip())
    return (2 if answer.code is None else answer.code), text or answer.reason
