"""The confusion matrix: how often samples of each label were predicted as each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.reports.drawing import ON_DARK, ON_LIGHT, draw
from appliance.reports.page import Figure, Grid, make_grid, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_DRAWN = 1000  # classes
_NUMBERED = 12  # classes up to which the numbers stand in the cells
_TABLED = 20  # classes up to which the whole matrix is a table
_NAMED = 30  # classes up to which each has its name at the axes
_PAIRS = 50
_WORST = 3
_HALF = 0.55  # of the largest count; above it the cell is dark
_HEIGHT = 4.3  # inches
_NAME = 10  # characters of a name at an axis
_SHORT = 2


def show_confusions(labels: NDArray[Any], classes: NDArray[Any], names: Sequence[str]) -> Figure | Grid:
    """Return the confusion matrix as a figure; of very many classes only a table of the most frequent errors.

    Args:
        labels: the label of each sample, below the number of names.
        classes: the predicted class of each.
        names: the names of the classes.
    """
    pairs = labels.astype(np.int64) * len(names) + classes.astype(np.int64)
    if len(names) > _MOST_DRAWN:
        return _list_errors(pairs, names)
    counts = np.bincount(pairs, minlength=len(names) * len(names)).reshape(len(names), len(names))
    right = int(np.count_nonzero(labels == classes))
    data = _list_counts(counts, names) if len(names) <= _TABLED else _list_errors(pairs, names)
    return Figure(
        svg=_draw(counts, [tidy(name, _NAME) for name in names]),
        alternative=f"Confusion matrix of {len(names)} classes: {right} of {len(labels)} predictions are right. "
        f"{_describe_worst(pairs, names)}",
        caption="How often samples of each label (rows) were predicted as each class (columns). Dark means often.",
        data=data,
    )


def _draw(counts: NDArray[Any], names: list[str]) -> str:
    largest = max(1, int(counts.max()))
    longest = max(map(len, names))

    def paint(_figure: Any, panel: Any) -> None:  # noqa: ANN401 - untyped
        panel.imshow(counts, cmap="Blues", vmin=0, vmax=largest, aspect="auto", interpolation="none")
        panel.grid(visible=False)
        panel.set_xlabel("predicted class")
        panel.set_ylabel("label")
        if len(names) <= _NAMED:
            panel.set_xticks(range(len(names)), names, rotation=90 if longest > _SHORT else 0)
            panel.set_yticks(range(len(names)), names)
        if len(names) <= _NUMBERED:
            for (row, column), count in np.ndenumerate(counts):
                color = ON_DARK if count > _HALF * largest else ON_LIGHT
                panel.text(column, row, str(count), ha="center", va="center", color=color, fontsize=9)

    wide = len(names) <= _NAMED and longest > _SHORT
    return draw(_HEIGHT, paint, margins=(1.2, 0.1, 1.2, 0.1) if wide else (0.65, 0.1, 0.55, 0.1))


def _list_worst(pairs: NDArray[np.int64], count: int) -> tuple[list[tuple[int, int, int]], int]:
    """Return the most frequent errors as label, class and number, and how many kinds of errors there are."""
    kinds, numbers = np.unique(pairs[pairs // count != pairs % count], return_counts=True)
    rows = sorted(zip(numbers.tolist(), kinds.tolist(), strict=True), key=lambda row: (-row[0], row[1]))
    return [(kind // count, kind % count, number) for number, kind in rows[:_PAIRS]], len(rows)


def _describe_worst(pairs: NDArray[np.int64], names: Sequence[str]) -> str:
    rows, _ = _list_worst(pairs, len(names))
    if not rows:
        return "There is no error."
    errors = (f"{names[label]} as {names[found]}, {number} times" for label, found, number in rows[:_WORST])
    return f"Most frequent errors: {'; '.join(errors)}."


def _list_counts(counts: NDArray[Any], names: Sequence[str]) -> Grid:
    columns = [str(name) for name in names]
    rows = [[name, *counts[row].tolist()] for row, name in enumerate(columns)]
    return make_grid("Samples by label (rows) and predicted class (columns)", ["label", *columns], rows, right=columns)


def _list_errors(pairs: NDArray[np.int64], names: Sequence[str]) -> Grid:
    rows, kinds = _list_worst(pairs, len(names))
    cells = [(names[label], names[found], number) for label, found, number in rows]
    more = f"; the first {_PAIRS} of {kinds} kinds" if kinds > _PAIRS else ""
    caption = f"The most frequent errors{more}"
    return make_grid(caption, ["label", "predicted class", "samples"], cells, right=["samples"])
