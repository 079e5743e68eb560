"""The cost suite's JSON form as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Row = Mapping[str, Any]


def format_table(answer: Mapping[str, Any]) -> str:
    """Return rows, processes, growth, accuracy and targets as text; a ratio above 1 means the subject is faster."""
    place = answer["environment"]
    lines = [
        f"cost of reproducibility, {answer['threads']} thread(s), bits {answer['bits']}",
        *(["  quick: a first look, too short to publish"] if answer["quick"] else []),
        f"  {place['cpu.model']}, numpy {place['numpy.version']}",
        f"  {place['blas.name']} {place['blas.version']}, kernel {place['blas.kernel']}",
        *(f"  {name}: {version or 'not installed, left out'}" for name, version in place["peers"].items()),
    ]
    for kind, title in (("op", "operations"), ("step", "training steps")):
        rows = [row for row in answer["rows"] if row["kind"] == kind]
        if rows:
            lines += ["", f"{title:<42} {'baseline':<18} ratio  interval        examples/s"]
            lines += [_format_row(row) for row in rows]
    lines += [*_format_processes(answer), *_format_growth(answer), *_format_targets(answer)]
    return "\n".join(lines) + "\n"


def _format_row(row: Row) -> str:
    speed = f"{row['examples_per_second']:12,.0f}" if "examples_per_second" in row else ""
    return f"  {row['case']:<40} {row['baseline']:<18} {row['ratio']:5.2f}  {format_interval(row):<14}{speed}".rstrip()


def format_interval(row: Row, low: str = "ratio_low", high: str = "ratio_high") -> str:
    """Return "0.93 to 0.97", or a dash where there were too few rounds for an interval."""
    return "-" if row[low] is None else f"{row[low]:.2f} to {row[high]:.2f}"


def _format_processes(answer: Row) -> Iterator[str]:
    if answer["start_up"]:
        yield from ("", f"{'commands':<42} seconds")
        yield from (f"  {row['command']:<40} {row['seconds']:.3f}" for row in answer["start_up"])
    if answer["memory"]:
        yield from ("", f"{'peak memory of training':<42} MiB")
        for row in answer["memory"]:
            yield f"  {describe_memory_case(row):<40} {format_mebibytes(row['bytes'])}"


def describe_memory_case(row: Row) -> str:
    """Return "4 epochs, hidden 128"."""
    return f"{row['epochs']} epoch{'s' if row['epochs'] > 1 else ''}, hidden {row['hidden']}"


def format_mebibytes(count: int | None) -> str:
    """Return a number of bytes as MiB with one decimal, a dash for None."""
    return "-" if count is None else f"{count / 2**20:.1f}"


def _format_growth(answer: Row) -> Iterator[str]:
    if answer["growth"]:
        yield from ("", f"{'growth of whole runs':<42} {'subject':<18} examples/s")
        for row in answer["growth"]:
            point = f"{row['axis']} {row['value']}"
            yield f"  {point:<40} {row['subject']:<18} {row['examples_per_second']:10,.0f}"
    if answer["accuracy"]:
        yield from ("", f"{'test accuracy on real data':<42} {'subject':<18}")
        for row in answer["accuracy"]:
            accuracy = "no data" if row["test_accuracy"] is None else f"{row['test_accuracy']:.4f}"
            point = f"{row['config']}, {row['epochs']} epochs"
            yield f"  {point:<40} {row['subject']:<18} {accuracy}"


def _format_targets(answer: Row) -> Iterator[str]:
    yield from ("", "targets")
    for row in answer["targets"]:
        name = f"{row['title']}{', ' + row['data'] if row['data'] else ''}"
        yield f"  {describe_verdict(row):<18} {name}: {describe_bound(row)}, {describe_found(row)}"


def describe_verdict(row: Row) -> str:
    """Return "met by 3.1 %", "missed by 4.0 %" or "not measured"."""
    if row["met"] is None:
        return "not measured"
    return f"{'met' if row['met'] else 'missed'} by {abs(row['margin']) * 100:.1f} %"


def describe_bound(row: Row) -> str:
    """Return "at least 0.95" or "at most 10 s"."""
    return f"at {'most' if row['lower_is_better'] else 'least'} {row['bound']:g} {row['unit']}".rstrip()


def describe_found(row: Row) -> str:
    """Return the worst value with its interval and its case."""
    if row["found"] is None:
        return "nothing to judge"
    interval = "" if row["low"] is None else f" ({row['low']:.3f} to {row['high']:.3f})"
    unit = f" {row['unit']}" if row["unit"] else ""
    return f"found {row['found']:.3f}{unit}{interval}{' at ' + row['where'] if row['where'] else ''}"
