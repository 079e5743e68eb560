"""The list of runs as text in lines of at most 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.escaping import clean_line
from verify.rendering.lines import COLUMNS

if TYPE_CHECKING:
    from verify.files.run_list import InterruptedRow, RunList, RunRow

_WORDS = {"test_mean_absolute_error": "error", "test_loss": "loss"}
_COMPARED = {"identical": "equal", "different": "DIFFERS", None: "-"}
_TITLES = ("NAME", "RESULT", "RUN", "GOLDEN", "WRITTEN")
_GAP = 2
_DIGITS = slice(len("sha256:"), len("sha256:") + 8)


def render_list(found: RunList, *, full: bool = False) -> str:
    """Return the list as text: one line a run, and what the name of a run does not say in a line below.

    Args:
        found: the list.
        full: show digests whole.
    """
    lines = _render_runs(found.runs, full=full) or [f"no run in {clean_line(found.directory)}"]
    for title, running in (("interrupted trainings:", False), ("trainings that run now:", True)):
        rows = [row for row in found.interrupted if row.running == running]
        lines += ["", title] if rows else []
        lines += [line for row in rows for line in _render_interrupted(row)]
    return "\n".join(lines)


def _render_runs(runs: tuple[RunRow, ...], *, full: bool) -> list[str]:
    if not runs:
        return []
    cells = [_list_cells(row, full=full) for row in runs]
    widths = [max(len(cell[i]) for cell in [_TITLES[1:], *filter(None, cells)]) for i in range(len(_TITLES) - 1)]
    names = [clean_line(row.name) for row in runs]
    room = COLUMNS - len(_join("", 0, tuple("x" * width for width in widths), widths))
    width = min(max(map(len, [_TITLES[0], *names])), max(room, len(_TITLES[0])))
    lines = [_join(_TITLES[0], width, _TITLES[1:], widths)]
    for row, name, cell in zip(runs, names, cells, strict=True):
        if cell is None:
            lines += [name, f"  damaged: {clean_line(row.problem)}"]
            continue
        rows = [name, _join("", width, cell, widths)] if len(name) > width else [_join(name, width, cell, widths)]
        lines += [*rows, *_explain(row)]
    return lines


def _join(name: str, width: int, cells: tuple[str, ...], widths: list[int]) -> str:
    columns = [f"{name:<{width}}", *(f"{cell:<{size}}" for cell, size in zip(cells, widths, strict=True))]
    return (" " * _GAP).join(columns).rstrip()


def _list_cells(row: RunRow, *, full: bool) -> tuple[str, ...] | None:
    """Return metric, digest, comparison and date of a run; None where its record could not be read."""
    if row.digest is None:
        return None
    written = (row.written or "-").partition("T")[0]
    return _describe_result(row), row.digest if full else row.digest[_DIGITS], _COMPARED[row.golden], written


def _describe_result(row: RunRow) -> str:
    """Return the main metric: an accuracy in percent, anything else with its name."""
    if row.value is None:
        return "-"
    return (
        f"{row.value * 100:.2f} %" if row.metric == "test_accuracy" else f"{_WORDS[row.metric or '']} {row.value:.4f}"
    )


def _explain(row: RunRow) -> list[str]:
    """Return what the name of a run does not say, and what is wrong with it."""
    told = row.name.startswith(f"{row.config}-{row.seed}-{row.profile}")
    lines = [] if told else [f"  {row.config}, seed {row.seed}, {row.profile}"]
    return [*lines, f"  damaged: {clean_line(row.problem)}"] if row.problem else lines


def _render_interrupted(row: InterruptedRow) -> list[str]:
    name = clean_line(row.name)
    if row.problem is not None:
        return [f"  {name}", f"    damaged: {clean_line(row.problem)}"]
    lines = [f"  {name}", f"    epoch {row.epoch}, {row.step} steps done"]
    if row.running:
        return lines
    return [*lines, f"    {clean_line(row.command or 'to continue: the command that began it, with --resume')}"]
