"""The part of two or more run directories: what differs, and the curves side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.reports.curves import Curve, draw_curves
from appliance.reports.differences import list_difference
from appliance.reports.page import Part, Section, Text, make_grid, shorten
from appliance.reports.single import judge_subject
from verify.host.fingerprint import compare
from verify.judging.comparison import compare_many, compare_sides
from verify.judging.sides import RunSide
from verify.rendering import comparison as rendering
from verify.rendering.fingerprints import describe_comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.reports.page import Block, Grid
    from appliance.reports.subjects import Beside, RunSubject

_CURVES = (
    ("training loss", "train_loss"),
    ("test loss", "test_loss"),
    ("test accuracy", "test_accuracy"),
    ("test mean absolute error", "test_mean_absolute_error"),
)
_PAIR = 2
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def build_comparison(subjects: Sequence[RunSubject], beside: Beside) -> Part:
    """Return the part of several run directories; they are compared as `diff --no-replay` does."""
    names = [name_run(number) for number in range(len(subjects))]
    sides = [
        RunSide(path=Path(name), run=attrs.evolve(subject.run, path=Path(f"run {name}")), trace=subject.run.trace)
        for name, subject in zip(names, subjects, strict=True)
    ]
    found = compare_sides(sides[0], sides[1]) if len(sides) == _PAIR else compare_many(sides)
    body = rendering.describe(found)
    return Part(
        kind="comparison of runs",
        title=f"Comparison of {len(subjects)} runs",
        verdict=found.verdict,
        sentence=body["sentence"],
        sections=(
            Section(title="The runs", blocks=(_list_runs(names, subjects, beside),)),
            *list_difference(body),
            Section(title="Environments", blocks=_compare_environments(names, subjects)),
            Section(
                title="Results side by side", blocks=(_list_metrics(names, subjects), *_draw_curves(names, subjects))
            ),
        ),
    )


def name_run(number: int) -> str:
    """Return a, b, ..., z, a1, b1 and so on."""
    times = number // len(_LETTERS)
    return f"{_LETTERS[number % len(_LETTERS)]}{times or ''}"


def _list_runs(names: Sequence[str], subjects: Sequence[RunSubject], beside: Beside) -> Grid:
    rows = []
    for name, subject in zip(names, subjects, strict=True):
        record, judged = subject.run.record, judge_subject(subject, beside)
        digest, machine = shorten(record.digests.run), subject.run.fingerprint.summarize().describe()
        settings = (record.config, record.seed, record.profile)
        rows.append((name, subject.name, *settings, judged.report.verdict, digest, machine))
    columns = ("run", "directory", "configuration", "seed", "profile", "judged alone", "run digest", "made on")
    return make_grid("What the runs are", columns, rows, status="judged alone")


def _list_metrics(names: Sequence[str], subjects: Sequence[RunSubject]) -> Grid:
    rows = []
    for name, subject in zip(names, subjects, strict=True):
        metrics = subject.run.record.metrics
        rows.append((name, subject.name, *(metrics.get(field, "") for _, field in _CURVES)))
    titles = [title for title, _ in _CURVES]
    return make_grid("Final results", ("run", "directory", *titles), rows, right=titles)


def _draw_curves(names: Sequence[str], subjects: Sequence[RunSubject]) -> tuple[Block, ...]:
    figures = []
    for title, field in _CURVES:
        curves = [
            Curve(name=f"{name} {subject.name}", values=tuple(getattr(row, field) for row in subject.run.record.epochs))
            for name, subject in zip(names, subjects, strict=True)
        ]
        figures.append(draw_curves(title, "", curves))
    return tuple(figure for figure in figures if figure is not None)


def _compare_environments(names: Sequence[str], subjects: Sequence[RunSubject]) -> tuple[Block, ...]:
    """Return what differs between the machine of the first run and that of each other one."""
    blocks: list[Block] = []
    first = subjects[0].run.fingerprint
    for name, subject in list(zip(names, subjects, strict=True))[1:]:
        rows = describe_comparison(compare(first, subject.run.fingerprint))["checks"]
        other = [row for row in rows if row["status"] == "fail" or (row["id"] == "F004")]
        if not other:
            blocks.append(Text(text=f"{names[0]} and {name}: no field differs."))
            continue
        cells = [
            (row["title"], row["expected"], row["found"], "no" if row["status"] == "info" else "yes") for row in other
        ]
        columns = ("field", names[0], name, "can change native results")
        blocks.append(make_grid(f"Environments of {names[0]} and {name}", columns, cells))
    return tuple(blocks)
