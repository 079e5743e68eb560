"""The cost suite's JSON form as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.benchmark.text import count
from verify.escaping import clean_line
from verify.rendering.tables import Table, render_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

_NUMBERS = frozenset({"ratio", "examples/s", "seconds", "MiB"})


def format_table(answer: Mapping[str, Any]) -> str:
    """Return rows, processes, growth, accuracy and targets as text; a ratio above 1 means the subject is faster."""
    place = answer["environment"]
    head = [
        f"cost of reproducibility, {count(answer['threads'], 'thread')}, bits {answer['bits']}",
        *(["  quick: too short to publish"] if answer["quick"] else []),
        f"  {place['cpu.model']}, numpy {place['numpy.version']}",
        f"  {place['blas.name']} {place['blas.version']}, kernel {place['blas.kernel']}",
        *(f"  {name}: {version or 'not installed, left out'}" for name, version in place["peers"].items()),
    ]
    lines = [clean_line(line) for line in head]
    for kind, title in (("op", "operations"), ("step", "training steps")):
        rows = [row for row in answer["rows"] if row["kind"] == kind]
        if rows:
            lines += ["", _write_table((title, "baseline", "ratio", "interval", "examples/s"), map(_list_cells, rows))]
    lines += [*_format_processes(answer), *_format_growth(answer), *_format_targets(answer)]
    return "\n".join(lines) + "\n"


def _write_table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    return render_text(Table(columns=columns, rows=rows, right=_NUMBERS), indent=2)


def _list_cells(row: Row) -> tuple[str, ...]:
    speed = f"{row['examples_per_second']:,.0f}" if row["kind"] == "step" else ""
    return row["case"], row["baseline"], f"{row['ratio']:.2f}", format_interval(row), speed


def format_interval(row: Row, low: str = "ratio_low", high: str = "ratio_high") -> str:
    """Return "0.93 to 0.97", or a dash where there were too few rounds for an interval."""
    return "-" if row[low] is None else f"{row[low]:.2f} to {row[high]:.2f}"


def _format_processes(answer: Row) -> Iterator[str]:
    if answer["start_up"]:
        rows = [(row["command"], f"{row['seconds']:.3f}") for row in answer["start_up"]]
        yield from ("", _write_table(("commands", "seconds"), rows))
    if answer["memory"]:
        rows = [(describe_memory_case(row), format_mebibytes(row["bytes"])) for row in answer["memory"]]
        yield from ("", _write_table(("peak memory of training", "MiB"), rows))


def describe_memory_case(row: Row) -> str:
    """Return "4 epochs, hidden 128"."""
    return f"{row['epochs']} epoch{'s' if row['epochs'] > 1 else ''}, hidden {row['hidden']}"


def format_mebibytes(count: int | None) -> str:
    """Return a number of bytes as MiB with one decimal, a dash for None."""
    return "-" if count is None else f"{count / 2**20:.1f}"


def _format_growth(answer: Row) -> Iterator[str]:
    if answer["growth"]:
        rows = [
            (f"{row['axis']} {row['value']}", row["subject"], f"{row['examples_per_second']:,.0f}")
            for row in answer["growth"]
        ]
        yield from ("", _write_table(("growth of whole runs", "subject", "examples/s"), rows))
    if answer["accuracy"]:
        rows = [
            (f"{row['config']}, {row['epochs']} epochs", row["subject"], _format_accuracy(row["test_accuracy"]))
            for row in answer["accuracy"]
        ]
        yield from ("", _write_table(("configuration", "subject", "test accuracy on real data"), rows))


def _format_accuracy(accuracy: float | None) -> str:
    return "no data" if accuracy is None else f"{accuracy:.4f}"


def _format_targets(answer: Row) -> Iterator[str]:
    rows = [
        (describe_verdict(row), row["title"], row["data"] or "-", describe_bound(row), describe_found(row))
        for row in answer["targets"]
    ]
    yield from ("", _write_table(("verdict", "targets", "data", "asked", "worst case"), rows))


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
