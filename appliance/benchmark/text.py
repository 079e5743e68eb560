"""The answer of `benchmark` as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def format_answer(answer: Mapping[str, Any]) -> str:
    """Return a benchmark's JSON form as text: the verdict, then a table of seeds and a table of timings."""
    lines = [f"benchmark {answer['config']}, profile {answer['profile']}, {answer['threads']} thread(s)"]
    for name, row in answer["repeats"].items():
        state = "identical, bit for bit" if row["identical"] else "DIFFERENT"
        lines.append(f"  {name:<10} {row['count']} repeats with seed {answer['seed']}: {state}")
        lines.append(f"  {'':<10} {row['run_digest']}")
    if answer["seeds"]:
        lines += _format_seeds(answer["seeds"])
    if any(answer["timing"].values()):
        lines += _format_timings(answer["timing"])
    return "\n".join(lines)


def _format_seeds(seeds: dict[str, Any]) -> list[str]:
    lines = ["", f"  over {len(seeds['seeds'])} seed(s)   {'mean':>12} {'deviation':>12}   95 % interval (Student's t)"]
    for name, row in seeds["metrics"].items():
        numbers = f"{row['mean']:12.6f} {_format_number(row['standard_deviation']):>12}"
        lines.append(f"  {name:<16} {numbers}   {_format_interval(row)}")
    return lines


def _format_timings(timing: dict[str, Any]) -> list[str]:
    lines = ["", f"  timing (never hashed)      {'median':>12}   interval of the median (order statistics)"]
    for name, rows in timing.items():
        for label, row in rows.items():
            lines.append(f"  {name:<10} {label:<15} {row['median']:12.4f}   {_format_interval(row)}")
    return lines


def _format_number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6f}"


def _format_interval(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return f"none from {row['n']} value(s)"
    return f"{row['low']:.6f} to {row['high']:.6f} ({100 * row['confidence']:.1f} %)"
