"""The verbs of `data`: list, check, fetch, generate; JSON goes to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from appliance.data import locate
from appliance.data.fetch import fetch
from appliance.data.generate import generate_set
from appliance.data.table import check_set, list_sets
from verify.errors import ApplianceError
from verify.results import judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.data.source import SetDescription

SCHEMA = "repro-appliance/data/1"
_EXIT_FAILED = 2

_Report = dict[str, Any]


def list_data(data_dir: Path | None, as_json: bool) -> int:
    """Show every data set, its licence, and whether its files are there (not whether they are right)."""
    return _report(lambda: (_list_sets(locate.find_data_dir(data_dir)), _format_sets), as_json)


def check_data(name: str, data_dir: Path | None, as_json: bool) -> int:
    """Check a data set by every control; exit code 0 if all pass, 2 if not."""
    return _report(lambda: (_check_set(name, locate.find_data_dir(data_dir)), _format_checks), as_json)


def fetch_data(name: str, data_dir: Path | None, as_json: bool, base_url: str | None = None) -> int:
    """Download what is missing of a data set; exit code 0 if all its files are now there and right, 2 if not."""
    return _report(lambda: (_fetch_set(name, locate.find_data_dir(data_dir), base_url), _format_paths), as_json)


def generate_data(
    name: str, data_dir: Path | None, as_json: bool, *, train_samples: int, test_samples: int, seed: int
) -> int:
    """Write synthetic samples to a new stored set; exit code 0 if it is there and meets every control, 2 if not."""

    def work() -> tuple[_Report, Callable[[_Report], str]]:
        place = locate.find_data_dir(data_dir)
        paths = generate_set(name, place, train_samples=train_samples, test_samples=test_samples, seed=seed)
        files = [str(path) for path in paths]
        return {"verdict": "done", "name": name, "data_dir": str(place), "files": files}, _format_generated

    return _report(work, as_json)


def _report(work: Callable[[], tuple[_Report, Callable[[_Report], str]]], as_json: bool) -> int:
    """Do the work, print what came of it, and return the exit code."""
    try:
        report, render = work()
        text, code = render(report), 0 if report["verdict"] == "done" else _EXIT_FAILED
    except ApplianceError as error:
        rows = {"expected": error.expected, "found": error.found, "where": error.where, "remedy": error.remedy}
        details = {key: None if value is None else str(value) for key, value in rows.items()}
        report, text, code = (
            {"verdict": "failed", "error": {"title": error.title, **details}},
            str(error),
            error.exit_code,
        )
    if as_json:
        print(json.dumps({"schema": SCHEMA, **report}, sort_keys=True, indent=2))
    else:
        print(text, file=sys.stderr)
    return code


def _list_sets(data_dir: Path) -> _Report:
    sets = [_describe_set(description) for description in list_sets(data_dir)]
    return {"verdict": "done", "data_dir": str(data_dir), "sets": sets}


def _describe_set(found: SetDescription) -> _Report:
    """Return what is listed of a set; files that are there need not be right."""
    files = [{"path": str(file.path), "digest": file.digest, "present": file.path.is_file()} for file in found.files]
    counts = {} if found.samples is None else dict(zip(("train_samples", "test_samples"), found.samples, strict=True))
    present = all(file["present"] for file in files)
    row = {"name": found.name, "title": found.title, "licence": found.licence, "present": present, "files": files}
    return row | counts


def _check_set(name: str, data_dir: Path) -> _Report:
    results = check_set(name, data_dir)
    verdict = "done" if judge(results) == "identical" else "failed"
    checks = [result.to_json() for result in results]
    return {"verdict": verdict, "name": name, "data_dir": str(data_dir), "checks": checks}


def _fetch_set(name: str, data_dir: Path, base_url: str | None) -> _Report:
    paths = fetch(name, data_dir, base_url, DownloadBar if sys.stderr.isatty() else None)
    return {"verdict": "done", "name": name, "data_dir": str(data_dir), "files": [str(path) for path in paths]}


def _format_sets(report: _Report) -> str:
    lines = [f"data directory {report['data_dir']}"]
    for row in report["sets"]:
        state = ("there" if row["present"] else "not there") if row["files"] else "built in"
        lines.append(f"  {row['name']:<14} {state:<10} {row['title']} ({row['licence']})")
    return "\n".join(lines)


def _format_checks(report: _Report) -> str:
    lines = []
    failed = [row for row in report["checks"] if row["status"] == "fail"]
    for row in report["checks"]:
        lines.append(f"{row['status']:<4} {row['id']} {row['title']}: {row['where']}")
        if row["status"] == "fail":
            details = (("expected", row["expected"]), ("found", row["found"]), ("try", row["remedy"]))
            lines += [f"       {name:<10} {value}" for name, value in details]
    lines.append(f"{report['name']}: {len(report['checks'])} controls, {len(failed)} failed")
    return "\n".join(lines)


def _format_paths(report: _Report) -> str:
    return "\n".join([*report["files"], f"{report['name']}: {len(report['files'])} files are there, each as published"])


def _format_generated(report: _Report) -> str:
    return "\n".join([*report["files"], f"{report['name']}: generated, read back, every control holds"])


class DownloadBar:
    """A progress bar on stderr for one file's bytes; see `appliance.data.fetch.ProgressBar`."""

    def __init__(self, name: str) -> None:
        from rich.console import Console  # noqa: PLC0415 (only where something is drawn)
        from rich.progress import Progress  # noqa: PLC0415

        self._progress = Progress(console=Console(stderr=True))
        self._task = self._progress.add_task(name, total=None)
        self._progress.start()

    @property
    def total(self) -> float | None:
        """How many bytes are to come; None while unknown."""
        return self._progress.tasks[0].total

    @total.setter
    def total(self, count: int) -> None:
        self._progress.update(self._task, total=count, completed=0)

    def update(self, count: int) -> None:
        """Take note of `count` more bytes."""
        self._progress.advance(self._task, count)

    def reset(self) -> None:
        """Begin again at zero."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Draw the bar for the last time."""
        self._progress.stop()
