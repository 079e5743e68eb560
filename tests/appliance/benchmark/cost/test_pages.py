"""The suite's answer as text, as a page, as a picture."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest

from appliance.benchmark.cost.plot import collect_curves, draw_plot
from appliance.benchmark.cost.report import format_report
from appliance.benchmark.cost.table import format_table
from support.cost_answers import make_answer, make_full_answer, make_row
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_tables(page: str) -> Iterator[list[str]]:
    """Yield the lines of every table of a Markdown page."""
    lines: list[str] = []
    for line in [*page.splitlines(), ""]:
        if line.startswith("|"):
            lines.append(line)
        elif lines:
            yield lines
            lines = []


def test_page_says_that_it_is_generated() -> None:
    """Its first lines name the command that makes it, and what a ratio means."""
    page = format_report([make_full_answer()], None)
    assert "make bench" in page.splitlines()[0]
    assert "ratio above 1 means that portable arithmetic is faster" in page
    assert "![" not in page


def test_page_has_every_part() -> None:
    """Machine, targets, both threads' steps, operations, commands, memory, growth, accuracy, picture, method."""
    page = format_report([make_full_answer(), make_full_answer(threads=2)], "performance.png")
    for text in (
        "A Fast One, x86_64, 2 logical cores", "openblas 0.3.33, kernel Haswell", "scikit-learn not installed",
        "![Ratios of training steps by hidden size](performance.png)", "## Training steps, f32, 1 thread(s)",
        "## Training steps, f64, 2 thread(s)",
        "| images | 128 | 64 | 64,000 | 0.90 (0.81 to 0.99) | 1.60 (1.44 to 1.76) |",
        "| images | 32 | 64 | 64,000 | 0.50 (0.45 to 0.55) | - |", "| sum 65536 f32 | 1,000.0 | 250.0 | 0.25 (-) |",
        "| verify | 1 | 1.500 | 1.40 to 1.60 |", "| 4 epochs, hidden 128 | 1 | 60.0 |",
        "| depth | 2 | 90,000 | 90,000 |",
        "| mnist-mlp | 10 | portable f32 | 0.9770 |", "## How it was measured",
    ):  # fmt: skip
        assert text in page


def test_tables_are_whole() -> None:
    """Every line of a table has as many cells as its head."""
    tables = list(read_tables(format_report([make_full_answer(), make_full_answer(threads=2)], None)))
    assert len(tables) > 8
    for lines in tables:
        assert len({line.count("|") for line in lines}) == 1


def test_missed_target_stands_out() -> None:
    """A miss is bold and says by how much; a target met is not bold; one without data is named in a single run."""
    page = format_report([make_full_answer()], None)
    assert "| **missed by 5.3 %** |" in page
    assert "| met by 23.1 % |" in page
    assert "| nothing to judge | not measured |" in page
    assert "missed by 5.3 %" in format_table(make_full_answer())


def test_quick_run_is_called_one() -> None:
    """A quick run is marked as one, on the page and in the table."""
    answer = make_full_answer(quick=True)
    assert "quick: too short to publish" in format_report([answer], None)
    assert "too short to publish" in format_table(answer)
    assert "too short" not in format_report([make_full_answer()], None) + format_table(make_full_answer())


def test_table_names_what_is_not_installed() -> None:
    """A missing peer is said to be missing; rows, commands, growth and targets are there."""
    table = format_table(make_full_answer())
    assert "scikit-learn: not installed, left out" in table
    assert "PyTorch: 2.13.0" in table
    for text in ("sum 65536 f32", "784-128-10 batch 64 images f32", "verify", "depth 2", "no data", "targets"):
        assert text in table


def test_empty_answer_has_a_page_and_a_table() -> None:
    """A run of no part breaks nothing."""
    assert "## Targets" in format_report([make_answer()], None)
    assert "not measured" in format_table(make_answer())


def test_curves_are_ordered_by_size() -> None:
    """Rows of one batch size, by baseline and data; other batches and operations are left out."""
    rows = [
        make_row("portable f32", "native f32", ratio, hidden=hidden, batch=batch)
        for hidden, batch, ratio in ((512, 64, 1.1), (32, 64, 0.9), (128, 256, 1.0))
    ]
    curves = collect_curves(make_answer([*rows, *make_full_answer()["rows"][-1:]]), "f32")
    assert [(key, [row["hidden"] for row in found]) for key, found in curves.items()] == [
        (("native", "images"), [32, 512])
    ]


def test_plot_without_matplotlib_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The message names the lock to install from."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError) as caught:
        draw_plot([make_full_answer()], tmp_path / "plot.png")
    assert "locks/report.lock" in str(caught.value)


def test_plot_draws_every_curve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a display, one panel for each run and format, one line for each baseline and kind of data."""
    panels: list[Any] = []

    def make_panels(rows: int, columns: int, **_: Any) -> list[list[Any]]:  # noqa: ANN401
        panels.extend(MagicMock(**{"plot.return_value": [object()]}) for _ in range(rows * columns))
        return [panels[row * columns : (row + 1) * columns] for row in range(rows)]

    matplotlib, figures = MagicMock(), MagicMock()
    figures.Figure.return_value.subplots.side_effect = make_panels
    monkeypatch.setitem(sys.modules, "matplotlib", matplotlib)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", figures)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    draw_plot([make_full_answer(), make_full_answer(threads=2)], tmp_path / "plot.png")
    matplotlib.use.assert_called_once_with("Agg")
    assert [panel.plot.call_count for panel in panels] == [2, 1, 2, 1]
    legend = figures.Figure.return_value.legend.call_args.args[1]
    assert list(legend) == ["native, images", "PyTorch, images", "native, dense"]
    assert figures.Figure.return_value.savefig.call_args.args == (tmp_path / "plot.png",)
