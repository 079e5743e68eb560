"""Curves over epochs: losses, accuracies, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.reports.drawing import SERIES, draw, is_drawable
from appliance.reports.page import Figure, make_grid, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_POINTS = 400
_MOST_ROWS = 100
_MOST_MARKED = 20  # points of a curve that are marked one by one
_MOST_LINES = 12
_STYLES = ("-", "--", ":", "-.")
_MARKS = ("o", "s", "^", "D", "v", "P")
_LABEL = 34


@attrs.frozen(kw_only=True)
class Curve:
    """One value for each epoch; None where there is none."""

    name: str
    values: tuple[float | None, ...]


def draw_curves(title: str, meaning: str, curves: Sequence[Curve]) -> Figure | None:
    """Return the figure of curves over epochs; None where there is nothing to show.

    Args:
        title: what the values are, such as "loss".
        meaning: what that is, in words; "" where the title says it.
        curves: at most twelve are drawn.
    """
    curves = [curve for curve in curves if any(map(is_drawable, curve.values))]
    if not curves:
        return None
    shown = curves[:_MOST_LINES]
    count = max(len(curve.values) for curve in shown)
    epochs = choose_evenly(count, _MOST_POINTS)
    words = f"{title}, {meaning}," if meaning else title
    return Figure(
        svg=_draw(title, shown, count, epochs),
        alternative=f"Line plot of the {title} over {count} epochs: {'; '.join(map(_describe, shown))}.",
        caption=_write_caption(words, count, len(epochs), len(curves) - len(shown)),
        data=_list_values(title, shown, count),
    )


def _draw(title: str, curves: Sequence[Curve], count: int, epochs: Sequence[int]) -> str:
    legend = 0.2 * ((len(curves) + 1) // 2) if len(curves) > 1 else 0.0

    def paint(figure: Any, panel: Any) -> None:  # noqa: ANN401 - untyped
        for number, curve in enumerate(curves):
            places = [index for index in epochs if index < len(curve.values) and is_drawable(curve.values[index])]
            panel.plot(
                [index + 1 for index in places],
                [curve.values[index] for index in places],
                color=SERIES[number % len(SERIES)],
                label=tidy(curve.name, _LABEL),
                linestyle=_STYLES[number % len(_STYLES)],
                marker=_MARKS[number % len(_MARKS)] if len(places) <= _MOST_MARKED else "",
                markersize=4,
            )
        panel.set_xlabel("epoch")
        panel.set_ylabel(title)
        if count == 1:
            panel.set_xlim(0.5, 1.5)
        panel.xaxis.get_major_locator().set_params(integer=True, nbins=8)
        panel.margins(x=0.03)
        if legend:
            figure.legend(loc="upper left", ncols=2, fontsize=10, borderaxespad=0.1)

    return draw(2.7 + legend, paint, margins=(0.78, 0.12, 0.54, 0.1 + legend))


def choose_evenly(count: int, most: int) -> list[int]:
    """Return at most `most` places of `count`, the first and the last among them, the others evenly between."""
    if count <= most:
        return list(range(count))
    return [place * (count - 1) // (most - 1) for place in range(most)]


def _describe(curve: Curve) -> str:
    values = [value for value in curve.values if value is not None]
    return f"{curve.name} from {values[0]:.4g} to {values[-1]:.4g}"


def _write_caption(title: str, count: int, drawn: int, left: int) -> str:
    points = f" {drawn} of {count} epochs are drawn." if drawn < count else ""
    lines = f" {left} more are only in their files." if left else ""
    return f"The {title} at the end of each epoch.{points}{lines}"


def _list_values(title: str, curves: Sequence[Curve], count: int) -> Any:  # noqa: ANN401
    epochs = choose_evenly(count, _MOST_ROWS)
    rows = [
        [index + 1, *(curve.values[index] if index < len(curve.values) else "" for curve in curves)] for index in epochs
    ]
    names = [curve.name for curve in curves]
    grid = make_grid(f"The {title} by epoch", ["epoch", *names], rows, right=names)
    return attrs.evolve(grid, whole=count)
