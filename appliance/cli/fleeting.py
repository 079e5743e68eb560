"""The commands `fleet`, `agree`: many machines in one table under one verdict."""

# ruff: noqa: PLC0415 - imported when one of the two commands is asked for

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from appliance.fleet.members import Member
    from verify.judging.agreement import Leg


def run_fleet_command(
    names: Sequence[str],
    *,
    members: Path,
    jobs: int | None = None,
    as_json: bool = False,
    reports: Path | None = None,
    markdown: Path | None = None,
    junit: Path | None = None,
) -> int:
    """Verify on every member, print the table, and return 0, 1 or 3 as the verdict has it.

    Args:
        names: the members to run; none for all.
        members: the file that declares them.
        jobs: how many at a time; None for what the file says.
        as_json: one JSON object on standard output instead of text on standard error.
        reports: a directory for each member's own report, as fleet-ID.json, which `agree` reads.
        markdown: a file for the table as Markdown.
        junit: a file for the results as JUnit XML.

    Raises:
        ConfigurationError: the file is missing or malformed.
        UsageError: there is no such member, or a file cannot be written.
    """
    import attrs

    from appliance.fleet.execute import run_fleet
    from appliance.fleet.members import choose_members, read_fleet

    fleet = read_fleet(members)
    fleet = attrs.evolve(fleet, jobs=jobs or fleet.jobs)
    chosen = choose_members(fleet, names)
    started = time.perf_counter()
    legs = run_fleet(fleet, chosen, _show_progress)
    seconds = time.perf_counter() - started
    if reports is not None:
        _write_reports(reports, chosen, legs)
    expected = {member.name: fleet.configs for member in chosen}
    return _conclude(legs, expected, seconds=seconds, as_json=as_json, markdown=markdown, junit=junit)


def run_agree(
    reports: Sequence[Path],
    *,
    expect: Path | None = None,
    as_json: bool = False,
    markdown: Path | None = None,
    junit: Path | None = None,
) -> int:
    """Hold reports of `verify --json` against each other, print the table, and return 0, 1 or 3.

    Args:
        reports: files, or directories in which every *.json is one.
        expect: a JSON list of the legs that must be there, or of objects with a `name` and the `configs` that it must
            have judged, the quick set if not said; None to take those that are.
        as_json: one JSON object on standard output instead of text on standard error.
        markdown: a file to add the table to as Markdown.
        junit: a file for the results as JUnit XML.

    Raises:
        UsageError: the list cannot be read, or a file cannot be written.
    """
    from verify.judging.agreement import read_leg

    files = [file for path in reports for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    expected = None if expect is None else _read_names(expect)
    return _conclude([read_leg(file) for file in files], expected, as_json=as_json, markdown=markdown, junit=junit)


def _read_names(path: Path) -> dict[str, tuple[str, ...]]:
    from appliance.cli.verifying import QUICK

    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(entries, list):
            raise TypeError("it is no list")  # noqa: TRY301 - told below like all that is wrong with it
        rows = [entry if isinstance(entry, dict) else {"name": entry} for entry in entries]
        return {str(row["name"]): tuple(map(str, row.get("configs", QUICK))) for row in rows}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError("the list of legs cannot be read", where=path, found=error) from error


def _write_reports(folder: Path, members: Sequence[Member], legs: Sequence[Leg]) -> None:
    from verify.files.reports import VERIFICATION

    for member, leg in zip(members, legs, strict=True):
        if leg.report is not None:
            _write(folder / f"fleet-{member.id}.json", VERIFICATION.format(leg.report), add=False)


def _show_progress(leg: Leg, done: int, count: int) -> None:
    seconds = f"{leg.seconds:.0f} s" if leg.seconds is not None else "not started"
    print(f"{done:3} of {count}  {leg.name:<28} {leg.verdict if leg.report else leg.error}  {seconds}", file=sys.stderr)


def _conclude(
    legs: Sequence[Leg],
    expected: Mapping[str, Sequence[str]] | None,
    *,
    seconds: float | None = None,
    as_json: bool,
    markdown: Path | None,
    junit: Path | None,
) -> int:
    from verify.files.goldens import read_run_digests
    from verify.judging.agreement import compare_legs
    from verify.rendering.junit import render_junit
    from verify.rendering.machines import report_agreement
    from verify.rendering.markdown import render_markdown
    from verify.rendering.objects import describe_agreement
    from verify.rendering.text import render_text
    from verify.results import EXIT_CODES

    configs = sorted({config for leg in legs for config in leg.digests})
    results = compare_legs(legs, expected, read_run_digests(configs))
    report = report_agreement(legs, results)
    if as_json:
        print(json.dumps({**describe_agreement(legs, results), "seconds": seconds}, sort_keys=True, indent=2))
    else:
        print(render_text(report), file=sys.stderr)
        if seconds is not None:
            print(f"in {seconds:.0f} s", file=sys.stderr)
    for path, text in ((markdown, render_markdown(report)), (junit, render_junit(report))):
        if path is not None:
            _write(path, text, add=path == markdown)
    return EXIT_CODES[report.verdict]


def _write(path: Path, text: str, *, add: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if add else "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise UsageError("the table cannot be written", where=path, found=error.strerror) from error
