"""Carries out a request for the cost suite: measures or reads earlier runs, writes the page and the plot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.cost.plot import draw_plot, require_plotting
from appliance.benchmark.cost.report import format_report
from appliance.benchmark.cost.suite import PARTS, QUICK_PARTS, Plan, measure_cost
from appliance.benchmark.cost.targets import judge_targets
from verify.errors import UsageError
from verify.files.cost_answers import COST_ANSWER, COST_RUNS, CostRun
from verify.files.reading import read_json
from verify.files.structure import structure
from verify.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SUITE = "cost"


@attrs.frozen(kw_only=True)
class Request:
    """What the suite measures, or reads, and writes.

    Args:
        suite: the name of the suite, "cost".
        config: must be None: the suite has its own configurations.
        quick: fewer cases, less time for each.
        threads: threads of every pool.
        parts: what to measure, separated by commas; empty for everything.
        sources: files with the JSON of earlier runs, to read instead of measuring.
        plot: a PNG file to write.
        report: a Markdown file to write.
        data_dir: where data files are; None for the usual places.
    """

    suite: str = SUITE
    config: str | None = None
    quick: bool = False
    threads: int = 1
    parts: str = ""
    sources: tuple[Path, ...] = ()
    plot: Path | None = None
    report: Path | None = None
    data_dir: Path | None = None


def run_suite(request: Request, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Measure, or read what was measured, and write the files; return the JSON form of every run.

    Raises:
        UsageError: no such suite or part, a configuration is named too, or a file cannot be read or written.
        ApplianceError: the measurement could not be made.
    """
    _check_request(request)
    parts = choose_parts(request.parts, quick=request.quick)
    if request.sources:
        answers = [read_answer(path) for path in request.sources]
    else:
        plan = Plan(threads=request.threads, quick=request.quick, parts=parts, data_dir=request.data_dir)
        answers = [measure_cost(plan, progress)]
    _write_outputs(answers, request.plot, request.report)
    return answers


def _check_request(request: Request) -> None:
    """Raise an error before minutes of measuring, not after them."""
    if request.suite != SUITE:
        raise UsageError("no such suite", expected=SUITE, found=request.suite, where="--suite")
    if request.config is not None:
        raise UsageError("a suite has its own configurations", expected="--config or --suite", found="both")
    for path in (request.plot, request.report):
        if path is not None and not path.parent.is_dir():
            raise UsageError("the directory of this file does not exist", where=path, remedy="make it first")
    if request.plot is not None:
        require_plotting()


def choose_parts(text: str, *, quick: bool) -> tuple[str, ...]:
    """Return the parts named in `text`, separated by commas; for none, all parts, or the short ones if `quick`.

    Raises:
        UsageError: an unknown part.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in PARTS:
            raise UsageError(
                "the suite has no part of this name", expected=", ".join(PARTS), found=name, where="--parts"
            )
    return tuple(dict.fromkeys(names)) or (QUICK_PARTS if quick else PARTS)


def read_answer(path: Path) -> dict[str, Any]:
    """Return the JSON of an earlier run; its targets are judged again.

    Raises:
        UsageError: the file cannot be read, or is no cost suite.
    """
    answer = read_json(path, limit=COST_ANSWER.limit, what="an earlier run")
    if not isinstance(answer, dict) or answer.get("schema") != COST_ANSWER.schema:
        raise UsageError("this is not a run of the cost suite", expected=COST_ANSWER.schema, where=path)
    try:
        structure(answer, CostRun)
    except ValueError as error:
        raise UsageError("an earlier run is not valid", expected=COST_ANSWER.schema, found=error, where=path) from error
    return {**answer, "targets": [attrs.asdict(outcome) for outcome in judge_targets(answer)]}


def join_answers(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the one JSON object that `--json` prints: an answer, or the list of several."""
    return answers[0] if len(answers) == 1 else {"schema": COST_RUNS.schema, "runs": list(answers)}


def _write_outputs(answers: Sequence[Mapping[str, Any]], plot: Path | None, report: Path | None) -> None:
    if plot is not None:
        try:
            draw_plot(answers, plot)
        except OSError as error:
            raise UsageError("the plot cannot be written", where=error.filename, found=error.strerror) from error
    if report is not None:
        link = Path(os.path.relpath(plot, report.parent)).as_posix() if plot is not None else None
        write_whole(report, format_report(answers, link), what="the report")
