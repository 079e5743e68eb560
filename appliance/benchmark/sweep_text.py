"""The answer of a sweep as text: one table for each metric, one line for each combination."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.benchmark.text import count, format_number
from verify.rendering.tables import Table, render_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def format_sweep(answer: Mapping[str, Any]) -> str:
    """Return a sweep's JSON form as text."""
    rows, keys = answer["rows"], list(answer["axes"])
    seeds = next((len(row["seeds"]["seeds"]) for row in rows if row["seeds"]), 0)
    title = f"sweep, profile {answer['profile']}, {count(answer['threads'], 'thread')}: "
    lines = [f"{title}{count(len(rows), 'combination')}, {count(seeds, 'seed')} each"]
    lines += [f"  {key}: {', '.join(values)}" for key, values in answer["axes"].items()]
    names = _shorten(keys)
    if any(row["repeats"] for row in rows):
        states = [(row["verdict"],) for row in rows]
        lines += ["", _format(rows, names, ("repeats with one seed",), states)]
    summaries = [row["seeds"]["metrics"] if row["seeds"] else {} for row in rows]
    for metric in dict.fromkeys(name for metrics in summaries for name in metrics):
        found = [metrics.get(metric) for metrics in summaries]
        columns = (metric, "deviation", "interval of the mean")
        lines += ["", _format(rows, names, columns, [_describe(summary) for summary in found])]
    confidence = next((100 * one["confidence"] for metrics in summaries for one in metrics.values()), None)
    if confidence is not None:
        lines += ["", f"  means over the seeds; intervals of {confidence:.0f} % with Student's t"]
    return "\n".join(lines)


def _shorten(keys: Sequence[str]) -> dict[str, str]:
    """Return the heading of every key: its last part, unless another key ends in the same."""
    ends = [key.rpartition(".")[2] for key in keys]
    return {key: end if ends.count(end) == 1 else key for key, end in zip(keys, ends, strict=True)}


def _describe(summary: dict[str, Any] | None) -> tuple[str, ...]:
    if summary is None:
        return "-", "-", "-"
    low, high = format_number(summary["low"]), format_number(summary["high"])
    interval = "-" if summary["low"] is None else f"{low} to {high}"
    return format_number(summary["mean"]), format_number(summary["standard_deviation"]), interval


def _format(
    rows: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
    columns: tuple[str, ...],
    found: Sequence[tuple[str, ...]],
) -> str:
    """Return one table; the configuration has a column where it varies."""
    several = len({row["config"] for row in rows}) > 1
    head = [*(["configuration"] if several else []), *names.values(), *columns]
    cells = [
        [*([row["config"]] if several else []), *(row["settings"][key] for key in names), *values]
        for row, values in zip(rows, found, strict=True)
    ]
    return render_text(Table(columns=head, rows=cells), indent=2)
