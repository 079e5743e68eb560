"""The command `benchmark --suite cost`: what reproducibility costs.

What loads NumPy is imported inside the functions, after the environment has been set.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUITE = "cost"


def run_suite(suite: str, config: str | None, **options: Any) -> int:  # noqa: ANN401 - passed on as they are
    """Run the suite of that name with the options of `run_cost`; return the exit code.

    Raises:
        UsageError: no such suite, or a configuration is named too.
    """
    if suite != SUITE:
        raise UsageError("no such suite", expected=SUITE, found=suite, where="--suite")
    if config is not None:
        raise UsageError("a suite brings its own configurations", expected="--config or --suite", found="both")
    return run_cost(**options)


def run_cost(
    *,
    quick: bool,
    threads: int,
    as_json: bool,
    plot: Path | None = None,
    report: Path | None = None,
    parts: str = "",
    sources: Sequence[Path] = (),
    data_dir: Path | None = None,
) -> int:
    """Measure, or read what was measured; write what is asked for; return 0.

    Args:
        quick: fewer cases, less time for each; for a first look.
        threads: threads of every pool.
        as_json: one JSON object on standard output instead of a table on standard error.
        plot: a PNG file to write.
        report: a Markdown file to write.
        parts: what to measure, separated by commas; empty for everything.
        sources: files with the JSON of earlier runs to read instead of measuring.
        data_dir: the directory of the real data, where not the default.

    Raises:
        ApplianceError: whatever stops a measurement; a file cannot be read or written.
    """
    _check_outputs(plot, report)
    chosen = choose_parts(parts, quick=quick)
    if sources:
        answers = [read_answer(path) for path in sources]
    else:
        from appliance.benchmark.cost.suite import Plan, measure_cost

        plan = Plan(threads=threads, quick=quick, parts=chosen, data_dir=data_dir)
        answers = [measure_cost(plan, _show_progress)]
    _write_outputs(answers, plot, report)
    _show(answers, as_json=as_json)
    return 0


def choose_parts(text: str, *, quick: bool) -> tuple[str, ...]:
    """Return the parts named in `text`, separated by commas; all of them for nothing, without the long ones if `quick`.

    Raises:
        UsageError: a name that is no part.
    """
    from appliance.benchmark.cost.suite import PARTS, QUICK_PARTS

    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in PARTS:
            raise UsageError("the suite has no such part", expected=", ".join(PARTS), found=name, where="--parts")
    return tuple(dict.fromkeys(names)) or (QUICK_PARTS if quick else PARTS)


def read_answer(path: Path) -> dict[str, Any]:
    """Return the JSON of an earlier run; its targets are judged anew.

    Raises:
        UsageError: the file cannot be read, or is no cost suite.
    """
    import attrs

    from appliance.benchmark.cost.suite import SCHEMA
    from appliance.benchmark.cost.targets import judge_targets

    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError("an earlier run cannot be read", where=path, found=error) from error
    if not isinstance(answer, dict) or answer.get("schema") != SCHEMA:
        raise UsageError("this is no run of the cost suite", expected=SCHEMA, where=path)
    return {**answer, "targets": [attrs.asdict(outcome) for outcome in judge_targets(answer)]}


def _check_outputs(plot: Path | None, report: Path | None) -> None:
    """Fail before measuring for minutes, not after."""
    for path in (plot, report):
        if path is not None and not path.parent.is_dir():
            raise UsageError("there is no directory for this file", where=path, remedy="make it first")
    if plot is not None:
        from appliance.benchmark.cost.plot import require_plotting

        require_plotting()


def _write_outputs(answers: Sequence[Mapping[str, Any]], plot: Path | None, report: Path | None) -> None:
    try:
        if plot is not None:
            from appliance.benchmark.cost.plot import draw_plot

            draw_plot(answers, plot)
        if report is not None:
            from appliance.benchmark.cost.report import format_report

            link = Path(os.path.relpath(plot, report.parent)).as_posix() if plot is not None else None
            report.write_text(format_report(answers, link), encoding="utf-8")
    except OSError as error:
        raise UsageError("a file cannot be written", where=error.filename, found=error.strerror) from error


def _show(answers: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        value: object = answers[0] if len(answers) == 1 else list(answers)
        sys.stdout.write(json.dumps(value, sort_keys=True, indent=2) + "\n")
        return
    from appliance.benchmark.cost.table import format_table

    sys.stderr.write("\n".join(format_table(answer) for answer in answers))


def _show_progress(case: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"measuring {case}\n")
