"""The answer of `benchmark` as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.rendering.tables import Table, render_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGE = 1000  # numbers from here on have no decimals
_TIMINGS = {"seconds": "seconds", "examples_per_second": "examples/s"}


def format_answer(answer: Mapping[str, Any]) -> str:
    """Return a benchmark's JSON form as text: the verdict, then a table of seeds and a table of timings."""
    lines = [f"benchmark {answer['config']}, profile {answer['profile']}, {count(answer['threads'], 'thread')}"]
    for name, row in answer["repeats"].items():
        state = "identical, bit for bit" if row["identical"] else "DIFFERENT"
        lines.append(f"  {name:<10} {row['count']} repeats with seed {answer['seed']}: {state}")
        lines.append(f"  {'':<10} {row['run_digest']}")
    if answer["seeds"]:
        lines += ["", _format_seeds(answer["seeds"])]
    if any(answer["timing"].values()):
        lines += ["", _format_timings(answer["timing"])]
    elif answer["timing"]:
        lines += ["", "  no times: runs were made side by side, so they say nothing"]
    return "\n".join(lines)


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as 1 thread or 2 threads."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _format_seeds(seeds: dict[str, Any]) -> str:
    head = (f"over {count(len(seeds['seeds']), 'seed')}", "mean", "deviation", "interval of the mean (Student's t)")
    rows = [
        (name, format_number(row["mean"]), format_number(row["standard_deviation"]), _format_interval(row))
        for name, row in seeds["metrics"].items()
    ]
    return render_text(Table(columns=head, rows=rows), indent=2)


def _format_timings(timing: dict[str, Any]) -> str:
    rows = [
        (name, _TIMINGS.get(label, label), format_number(row["median"]), _format_interval(row))
        for name, labels in timing.items()
        for label, row in labels.items()
    ]
    return render_text(Table(columns=("time (in no digest)", "unit", "median", "interval"), rows=rows), indent=2)


def format_number(value: float | None) -> str:
    """Return a number as a table shows it; a dash for None."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:.6f}"


def _format_interval(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return f"none: only {count(row['n'], 'value')}"
    return f"{format_number(row['low'])} to {format_number(row['high'])} ({100 * row['confidence']:.1f} %)"
