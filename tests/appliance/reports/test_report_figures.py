"""Figures of values as a run may hold them: very many, very large, not finite, of every shape."""

from __future__ import annotations

import importlib.util
import math
import re

import numpy as np
import pytest

from appliance.reports.confusion import show_confusions
from appliance.reports.curves import Curve, choose_evenly, draw_curves
from appliance.reports.page import Figure, Grid
from appliance.reports.pictures import draw_targets, draw_tiles
from appliance.reports.svg import clean_svg, number_ids

needs_libraries = pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="needs the extra `report`")
LARGEST = 400_000
_DRAWN = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt"
viewBox="0 0 9 9">
<metadata>a date</metadata><defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
<script>alert(1)</script><foreignObject/>
<a xlink:href="http://planted.invalid"><path d="M 0 0"/></a>
<g id="unused"><g id="m1"><path d="M 1 1" onclick="alert(1)" style="fill: #010101; stroke: #000022"/></g>
<use xlink:href="#m1" x="1"/><image xlink:href="http://planted.invalid/a.png"/>
<image xlink:href="data:image/png;base64,
AAAA"/><text style="font: 10px 'DejaVu Sans'; text-anchor: middle">id="x" &lt;b&gt;</text></g></svg>"""


def test_only_what_a_figure_needs_is_kept() -> None:
    """Scripts, styles, links, addresses, events and unused ids go; colours become classes."""
    svg = clean_svg(_DRAWN)
    assert re.findall(r"planted|script|onclick|style|metadata|foreign|unused|xmlns|DejaVu|<a", svg) == []
    assert 'class="fill-ink stroke-s2"' in svg
    assert 'href="data:image/png;base64,AAAA"' in svg
    assert '<text font-size="10" text-anchor="middle">id="x" &lt;b&gt;</text>' in svg


def test_ids_of_two_figures_differ() -> None:
    """Each reference goes with its id; texts that look like ids stay."""
    svg = number_ids(clean_svg(_DRAWN), 7)
    assert 'id="f7-m1"' in svg
    assert 'href="#f7-m1"' in svg
    assert '>id="x" ' in svg


def test_chosen_places_have_both_ends() -> None:
    """At most so many, in order, none twice."""
    for count in (1, 2, 7, 100, 10_000):
        places = choose_evenly(count, 7)
        assert len(places) == min(count, 7) == len(set(places))
        assert (places[0], places[-1]) == (0, count - 1)
        assert places == sorted(places)


@needs_libraries
def test_ten_thousand_epochs_fit_a_page() -> None:
    """Some are drawn and listed; the caption and the table say so."""
    values = tuple(1.0 / (1 + epoch) for epoch in range(10_000))
    figure = draw_curves("loss", "", [Curve(name="training", values=values)])
    assert figure is not None
    assert "400 of 10000 epochs are drawn" in figure.caption
    assert figure.data is not None
    assert figure.data.lacking == 9900
    assert len(figure.svg) < LARGEST


@needs_libraries
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, None])
def test_value_that_cannot_be_drawn_is_left_out(value: float | None) -> None:
    """The rest of the curve is drawn; a curve of such values alone is none."""
    figure = draw_curves("loss", "", [Curve(name="a $x$ <b>", values=(1.0, value, 0.5))])
    assert figure is not None
    assert figure.svg == number_ids(figure.svg, 0).replace("f0-", "")
    assert draw_curves("loss", "", [Curve(name="a", values=(value,))]) is None


@needs_libraries
@pytest.mark.parametrize("classes", [1, 2, 12, 13, 31, 1000])
def test_confusion_matrix_of_any_size(classes: int) -> None:
    """The numbers are in the figure, or in the table of the most frequent errors."""
    labels = np.arange(3 * classes) % classes
    found = labels.copy()
    found[0] = classes - 1
    figure = show_confusions(labels, found, [f"class {number} <b>$" for number in range(classes)])
    assert isinstance(figure, Figure)
    wrong = int(np.count_nonzero(labels != found))
    assert f"{len(labels) - wrong} of {len(labels)} predictions are right" in figure.alternative
    assert len(figure.svg) < LARGEST
    assert figure.svg == number_ids(figure.svg, 0).replace("f0-", "")


def test_of_very_many_classes_only_errors_are_listed() -> None:
    """No matrix with as many cells as the square of the classes is made."""
    labels = np.array([0, 64_999, 7, 7], np.int32)
    grid = show_confusions(labels, np.array([0, 1, 9, 9], np.int32), [str(number) for number in range(65_000)])
    assert isinstance(grid, Grid)
    assert grid.rows == (("7", "9", "2"), ("64999", "1", "1"))


@needs_libraries
def test_weights_that_are_not_finite_are_drawn_without_them() -> None:
    """The scale is that of the others; very many tiles are cut."""
    tiles = np.zeros((100, 5, 4), np.float32)
    tiles[0, 0, 0], tiles[1, 0, 0], tiles[2] = np.nan, np.inf, -0.25
    figure = draw_tiles(tiles, [str(number) for number in range(100)], "unit", 100)
    assert "the darkest stand for 0.25" in figure.caption
    assert "The first 64 of 100 are shown" in figure.caption
    assert "inf" not in figure.svg


@needs_libraries
def test_targets_that_cannot_be_drawn_are_left_out() -> None:
    """A figure needs one pair of usable numbers; of very many pairs some are drawn."""
    targets = np.array([1.0, np.nan, 3e38, 2.0], np.float32)
    figure = draw_targets(targets, np.array([1.5, 1.0, 0.0, 2.5], np.float32), "0")
    assert figure is not None
    assert "2 of 4 test samples" in figure.caption
    assert draw_targets(targets[1:2], targets[1:2], "0") is None
    many = np.linspace(0, 1, 100_000, dtype=np.float32)
    figure = draw_targets(many, many, "0")
    assert figure is not None
    assert len(figure.svg) < LARGEST
