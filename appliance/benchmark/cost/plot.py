"""The picture of the cost suite: speed ratios of a training step by hidden size."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_COLORS = {"native": "#0b6e99", "PyTorch": "#c2571a", "scikit-learn": "#6a8a2c", "bare BLAS": "#777777"}
_STYLES = {"images": "-", "dense": "--"}
_BATCH = 64


def require_plotting() -> None:
    """Raise UsageError where matplotlib is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError(
            "a plot needs matplotlib",
            expected="the extra `report`",
            remedy="pip install --require-hashes -r locks/report.lock, or leave out --plot",
        )


def collect_curves(answer: Mapping[str, Any], precision: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the rows at batch 64 by (baseline without its format, data), by hidden size."""
    curves: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in answer["rows"]:
        if row["kind"] == "step" and row["precision"] == precision and row["batch"] == _BATCH:
            name = row["baseline"].removesuffix(f" {precision}")
            curves.setdefault((name, row["data"]), []).append(row)
    return {key: sorted(rows, key=lambda row: int(row["hidden"])) for key, rows in curves.items()}


def draw_plot(answers: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write a PNG with one row of panels for each run of the suite, one column for each format.

    Raises:
        UsageError: matplotlib is not installed.
    """
    require_plotting()
    importlib.import_module("matplotlib").use("Agg")
    figures: Any = importlib.import_module("matplotlib.figure")
    figure = figures.Figure(figsize=(11, 4.6 * len(answers)), layout="constrained")
    grid = figure.subplots(len(answers), 2, squeeze=False)
    legend: dict[str, Any] = {}
    for answer, panels in zip(answers, grid, strict=True):
        for precision, panel in zip(("f32", "f64"), panels, strict=True):
            legend |= _draw_panel(panel, answer, precision)
    figure.legend(legend.values(), legend.keys(), fontsize="small", ncols=4, loc="outside lower center")
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def _draw_panel(panel: Any, answer: Mapping[str, Any], precision: str) -> dict[str, Any]:  # noqa: ANN401 - untyped
    """Draw one format's curves; return their lines by label."""
    sizes: list[int] = []
    medians = [1.0]
    lines: dict[str, Any] = {}
    for (name, data), rows in collect_curves(answer, precision).items():
        hidden = [row["hidden"] for row in rows]
        sizes = sizes or hidden
        color, style = _COLORS.get(name, "black"), _STYLES.get(data, ":")
        ratios = [row["ratio"] for row in rows]
        medians += ratios
        (lines[f"{name}, {data}"],) = panel.plot(hidden, ratios, style, color=color, marker="o", markersize=4)
        bounded = [row for row in rows if row["ratio_low"] is not None]
        panel.fill_between(
            [row["hidden"] for row in bounded],
            [row["ratio_low"] for row in bounded],
            [row["ratio_high"] for row in bounded],
            color=color,
            alpha=0.15,
            linewidth=0,
        )
    panel.axhline(1.0, color="black", linewidth=0.8)
    panel.set_xscale("log", base=2)
    panel.set_yscale("log", base=2)
    panel.set_ylim(min(medians) / 1.25, max(medians) * 1.25)
    panel.set_xticks(sizes, [str(size) for size in sizes])
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    panel.set_xlabel("hidden size")
    panel.set_ylabel("times as fast as the baseline")
    panel.set_title(f"portable {precision}, batch {_BATCH}, {answer['threads']} thread(s)")
    return lines
