"""Compares the reports of many machines: members of a fleet, or reports in files."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import attrs

from appliance.fleet.execute import run_fleet
from appliance.fleet.members import choose_members, read_fleet
from appliance.verification.subjects import find_subject, read_own_digests
from appliance.verification.verify import QUICK
from verify.errors import UsageError
from verify.escaping import clean_line
from verify.files.goldens import read_run_digests
from verify.files.limits import CONFIG_NAME
from verify.files.reading import read_json
from verify.files.reports import VERIFICATION
from verify.files.writing import write_whole
from verify.host.program import digest_source
from verify.judging.agreement import compare_legs
from verify.judging.expectation import Expectation, parse_expectations
from verify.judging.legs import read_leg
from verify.rendering.machines import report_agreement
from verify.rendering.objects import describe_agreement
from verify.rendering.text import render_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from appliance.fleet.execute import Progress
    from appliance.fleet.members import Member
    from verify.judging.legs import Leg
    from verify.rendering.report import Report
    from verify.results import Result


@attrs.frozen(kw_only=True)
class Comparison:
    """The reports of many machines and what their comparison found; `seconds` is wall time, None if not measured."""

    legs: tuple[Leg, ...]
    results: tuple[Result, ...]
    seconds: float | None = None

    @property
    def report(self) -> Report:
        """What every renderer takes."""
        return report_agreement(self.legs, self.results)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**describe_agreement(self.legs, self.results), "seconds": self.seconds}

    def to_text(self) -> str:
        """Return the table and the verdict as text."""
        text = render_text(self.report)
        return text if self.seconds is None else f"{text}\nin {self.seconds:.0f} s"


def compare_members(
    path: Path,
    names: Sequence[str] = (),
    *,
    jobs: int | None = None,
    reports: Path | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Verify on every member of a fleet and compare their reports.

    Args:
        path: the file that declares the members.
        names: the members to run; none for all.
        jobs: how many at a time; None for the number in the file.
        reports: a directory for each member's own report, as fleet-ID.json, which `agree` reads.
        progress: called with each answer, how many there are, and of how many.

    Raises:
        ConfigurationError: the file is missing or malformed.
        UsageError: there is no such member, or a report cannot be written.
    """
    fleet = read_fleet(path)
    chosen = choose_members(fleet, names)
    started = time.perf_counter()
    legs = run_fleet(attrs.evolve(fleet, jobs=jobs or fleet.jobs), chosen, progress)
    seconds = max(0.0, time.perf_counter() - started)
    if reports is not None:
        _write_reports(reports, chosen, legs)
    subjects = [find_subject(config) for config in fleet.configs]
    configs = tuple(subject.config.name for subject in subjects)
    own = read_own_digests(subjects)
    return _compare(legs, {member.name: Expectation(configs=configs) for member in chosen}, seconds, own)


def compare_reports(paths: Sequence[Path], expect: Path | None = None) -> Comparison:
    """Compare reports of `verify --json`.

    Args:
        paths: files, or directories in which every *.json is a report.
        expect: a JSON list of the legs that must be there; `parse_expectations` says what an entry may state. A leg
            that states no configurations must have judged the quick set. None to accept any leg.

    Raises:
        UsageError: the list cannot be read, or there is no such file.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UsageError("there is no such file or directory", found=missing[0])
    files = [file for path in paths for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    expected = None if expect is None else read_expectations(expect)
    return _compare([read_leg(file) for file in files], expected)


def _compare(
    legs: Sequence[Leg],
    expected: Mapping[str, Expectation] | None,
    seconds: float | None = None,
    own: Mapping[str, str] | None = None,
) -> Comparison:
    configs = sorted({config for leg in legs for config in leg.digests})
    results = compare_legs(legs, expected, {**read_run_digests(configs), **(own or {})}, digest_source())
    return Comparison(legs=tuple(legs), results=tuple(results), seconds=seconds)


def read_expectations(path: Path) -> dict[str, Expectation]:
    """Read a JSON list of the legs that must be there.

    Raises:
        UsageError: the list cannot be read.
    """
    return parse_expectations(read_json(path, what="the list of legs"), QUICK, _is_name, path)


def _is_name(config: object) -> bool:
    return isinstance(config, str) and re.fullmatch(CONFIG_NAME, config) is not None


def _write_reports(folder: Path, members: Sequence[Member], legs: Sequence[Leg]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("the reports cannot be written", where=folder, found=error.strerror) from error
    for member, leg in zip(members, legs, strict=True):
        if leg.report is not None:
            write_whole(folder / f"fleet-{member.id}.json", VERIFICATION.format(leg.report), what="the report")


def describe_progress(leg: Leg, done: int, count: int) -> str:
    """Return one line about a member that ended."""
    seconds = f"{leg.seconds:.0f} s" if leg.seconds is not None else "not started"
    return clean_line(f"{done:3} of {count}  {leg.name:<28} {leg.verdict if leg.report else leg.error}  {seconds}")
