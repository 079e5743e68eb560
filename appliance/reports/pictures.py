"""Figures of values: weights as images, predictions against targets, distances in ulp, ratios of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.reports.curves import choose_evenly
from appliance.reports.drawing import INK, LARGEST, QUIET, SERIES, draw, is_drawable
from appliance.reports.page import Figure, make_grid, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_POINTS = 1000
_MOST_BARS = 40
_EXACT = 1e15  # below it a whole number is written with all digits
_ROWS = 30
_TILES = 64
_COLUMNS = 8
_LABEL = 26


def draw_tiles(tiles: NDArray[Any], names: Sequence[str], what: str, whole: int) -> Figure:
    """Return weights as images beside each other, in one scale.

    Args:
        tiles: of shape (n, height, width).
        names: the name of each tile.
        what: what a tile is, such as "unit".
        whole: how many there are.
    """
    shown = tiles[:_TILES].astype(np.float64)
    across = min(_COLUMNS, len(shown))
    down = -(-len(shown) // across)
    height, width = shown.shape[1:]
    canvas = np.full((down * (height + 1) - 1, across * (width + 1) - 1), np.nan)
    for number, tile in enumerate(shown):
        row, column = number // across * (height + 1), number % across * (width + 1)
        canvas[row : row + height, column : column + width] = tile
    finite = np.where(np.isfinite(canvas) & (np.abs(canvas) <= LARGEST), canvas, np.nan)
    limit = float(np.nanmax(np.abs(finite), initial=0.0)) or 1.0

    def paint(_figure: Any, panel: Any) -> None:  # noqa: ANN401 - untyped
        panel.imshow(finite, cmap="PuOr", vmin=-limit, vmax=limit, interpolation="none")
        panel.set_axis_off()

    inches = min(7.0, 4.9 * canvas.shape[0] / canvas.shape[1])
    svg = draw(inches + 0.1, paint, margins=(0.05, 0.05, 0.05, 0.05))
    more = f" The first {len(shown)} of {whole} are shown." if whole > len(shown) else ""
    rows = [(names[number], f"{tile.min():.4g}", f"{tile.max():.4g}") for number, tile in enumerate(shown[:_ROWS])]
    grid = make_grid(f"Range of each {what}", [what, "smallest", "largest"], rows, right=["smallest", "largest"])
    return Figure(
        svg=svg,
        alternative=f"The weights of {len(shown)} of {whole} {what}s as images of {height} by {width} pixels, "
        f"from {-limit:.4g} to {limit:.4g}.",
        caption=f"Each image is one {what}. Orange is negative, white is zero, purple is positive; "
        f"the darkest stand for {limit:.4g}.{more}",
        data=attrs.evolve(grid, whole=whole),
    )


def draw_targets(targets: NDArray[Any], outputs: NDArray[Any], name: str) -> Figure | None:
    """Return predictions against targets; None where there is no number that can be drawn."""
    usable = [np.isfinite(values) & (np.abs(values) <= LARGEST) for values in (targets, outputs)]
    places = np.flatnonzero(usable[0] & usable[1])
    if not len(places):
        return None
    chosen = places[choose_evenly(len(places), _MOST_POINTS)]
    x, y = (values[chosen].astype(np.float64) for values in (targets, outputs))
    ends = [float(min(x.min(), y.min())), float(max(x.max(), y.max()))]

    def paint(_figure: Any, panel: Any) -> None:  # noqa: ANN401 - untyped
        panel.plot(x, y, linestyle="", marker="o", markersize=2.5, markeredgewidth=0, alpha=0.6, color=SERIES[0])
        panel.plot(ends, ends, color=INK, linewidth=1, linestyle="--")
        panel.set_xlabel(f"target ({name})")
        panel.set_ylabel("prediction")

    drawn = f"{len(chosen)} of {len(targets)} test samples" if len(chosen) < len(targets) else f"{len(x)} test samples"
    rows = [(int(place), repr(float(targets[place])), repr(float(outputs[place]))) for place in places[:_ROWS]]
    grid = make_grid("The first test samples", ["sample", "target", "prediction"], rows, right=["target", "prediction"])
    return Figure(
        svg=draw(3.4, paint),
        alternative=f"Predictions against targets of {drawn}; on the dashed line both are equal.",
        caption=f"{drawn}. On the dashed line prediction and target are equal.",
        data=attrs.evolve(grid, whole=len(targets)),
    )


def draw_bars(
    rows: Sequence[tuple[str, float]], *, axis: str, caption: str, columns: tuple[str, str], line: float | None = None
) -> Figure | None:
    """Return horizontal bars, one for each name; None for none.

    Args:
        rows: names and values.
        axis: what the values are.
        caption: what the figure shows.
        columns: the names of both columns of the table.
        line: a value at which a line stands.
    """
    drawn = [(name, value) for name, value in rows if is_drawable(value)][:_MOST_BARS]
    if not drawn:
        return None
    more = f" The first {len(drawn)} of {len(rows)}." if len(drawn) < len(rows) else ""
    described = "; ".join(f"{name}: {_write(value)}" for name, value in drawn[:10])
    return Figure(
        svg=_paint_bars(drawn, axis, line),
        alternative=f"Bars of {axis}. {described}.",
        caption=f"{caption}{more}",
        data=make_grid(caption, columns, [(name, _write(value)) for name, value in rows], right=[columns[1]]),
    )


def _paint_bars(rows: Sequence[tuple[str, float]], axis: str, line: float | None) -> str:
    gap = 0.015 * max(abs(value) for _, value in rows)
    places = range(len(rows))

    def paint(_figure: Any, panel: Any) -> None:  # noqa: ANN401 - untyped
        panel.set_axisbelow(True)
        panel.barh(places, [value for _, value in rows], color=SERIES[0], height=0.7)
        panel.set_yticks(places, [tidy(name, _LABEL) for name, _ in rows])
        panel.invert_yaxis()
        panel.grid(visible=False, axis="y")
        panel.set_xlabel(axis)
        panel.margins(x=0.14)
        for place, (_, value) in enumerate(rows):
            panel.text(value + gap, place, _write(value), va="center", ha="left", fontsize=10, color=INK)
        if line is not None:
            panel.axvline(line, color=QUIET, linewidth=1, linestyle="--")

    longest = max(min(len(name), _LABEL) for name, _ in rows)
    return draw(0.8 + 0.26 * len(rows), paint, margins=(0.25 + 0.093 * longest, 0.15, 0.54, 0.1))


def _write(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else f"{value:.4g}"
