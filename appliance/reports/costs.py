"""The cost of reproducibility: the time of a run, and answers of the cost suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.reports.bodies import take_bodies, take_body, take_number, take_text
from appliance.reports.page import Facts, Folded, Part, Section, make_grid
from appliance.reports.pictures import draw_bars
from verify.files.cost_answers import COST_RUNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.reports.bodies import Body
    from appliance.reports.page import Block

_NAMES = {"seconds": "training time", "examples_per_second": "training samples per second"}
_MACHINE = ("cpu.model", "machine", "blas.name", "blas.version", "blas.kernel", "numpy.version", "python.version")
_BATCH = 64


def show_timing(timing: Mapping[str, float]) -> tuple[Block, ...]:
    """Return the times of one run, which are in none of its digests."""
    if not timing:
        return ()
    rows = [(_NAMES.get(name, name), _write_time(name, value)) for name, value in sorted(timing.items())]
    return (Facts(rows=rows),)


def _write_time(name: str, value: float) -> str:
    return f"{value:.3g} s" if name.endswith("seconds") else f"{value:.6g}"


def build_cost(body: Body) -> Part:
    """Return the part of an answer of `benchmark --suite cost --json`, or of several."""
    runs = take_bodies(body, "runs") if body.get("schema") == COST_RUNS.schema else [body]
    return Part(
        kind="cost of reproducibility",
        title="Cost of reproducibility",
        sentence="Portable arithmetic compared with native arithmetic of the same format, measured in turns. "
        "A ratio above 1 means that portable arithmetic is faster.",
        sections=tuple(section for run in runs for section in _list_sections(run)),
    )


def _list_sections(run: Body) -> tuple[Section, ...]:
    threads = run.get("threads")
    name = f"{threads} thread" if threads == 1 else f"{threads} threads"
    rows = take_bodies(run, "rows")
    steps = [row for row in rows if row.get("kind") == "step"]
    return (
        Section(title=f"Training steps, {name}", blocks=_show_steps(steps)),
        Section(title=f"Operations, {name}", blocks=_show_operations(row for row in rows if row.get("kind") == "op")),
        Section(title=f"The machine of this measurement, {name}", blocks=_describe_machine(run)),
    )


def _show_steps(steps: list[Body]) -> tuple[Block, ...]:
    native = [row for row in steps if take_text(row, "baseline").startswith("native") and row.get("batch") == _BATCH]
    drawn = [
        (f"{row.get('precision')}, {row.get('data')}, hidden {row.get('hidden')}", take_number(row, "ratio") or 0.0)
        for row in native
    ]
    figure = draw_bars(
        drawn,
        axis="times as fast as native",
        caption=f"Portable training steps against native ones, batch {_BATCH}",
        columns=("step", "ratio"),
        line=1.0,
    )
    cells = [
        (row.get("case"), row.get("baseline"), _write_ratio(row), f"{take_number(row, 'examples_per_second') or 0:.6g}")
        for row in steps
    ]
    columns = ("case", "compared with", "ratio and its interval", "samples per second")
    grid = make_grid("Training steps", columns, cells, right=columns[2:])
    folded = (Folded(title=f"All {len(cells)} steps", blocks=(grid,)),) if cells else ()
    return (*(() if figure is None else (figure,)), *folded)


def _show_operations(rows: Any) -> tuple[Block, ...]:  # noqa: ANN401 - any iterable of objects
    cells = [(row.get("case"), row.get("subject"), row.get("baseline"), _write_ratio(row)) for row in rows]
    columns = ("operation", "subject", "compared with", "ratio and its interval")
    grid = make_grid("Single operations", columns, cells, right=columns[3:])
    return (Folded(title=f"All {len(cells)} operations", blocks=(grid,)),) if cells else ()


def _write_ratio(row: Body) -> str:
    ratio, low, high = (take_number(row, name) for name in ("ratio", "ratio_low", "ratio_high"))
    interval = "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"
    return f"{ratio or 0:.2f}{interval}"


def _describe_machine(run: Body) -> tuple[Block, ...]:
    environment = take_body(run, "environment")
    rows = [(name, environment[name]) for name in _MACHINE if environment.get(name) is not None]
    return (Facts(rows=rows),) if rows else ()
