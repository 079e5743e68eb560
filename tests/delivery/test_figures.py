"""The figures of docs/floating-point.md: what they show is computed, and the files are what the program draws."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from delivery.figures import FIGURES, Tree, add_decimal, add_single, main, round_to_bits

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

_SVG = "{http://www.w3.org/2000/svg}"


def test_files_are_what_the_program_draws(checkout: Path, tmp_path: Path) -> None:
    """A figure that was edited by hand, or is out of date, is noticed; so is one that no page shows."""
    main(tmp_path)
    kept = checkout / "docs" / "figures"
    assert sorted(path.name for path in kept.iterdir()) == sorted(FIGURES)
    page = (checkout / "docs" / "floating-point.md").read_text(encoding="utf-8")
    for name in FIGURES:
        assert (kept / name).read_text(encoding="utf-8") == (tmp_path / name).read_text(encoding="utf-8")
        assert f"](figures/{name})" in page


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_words_and_stays_inside(name: str) -> None:
    """It is XML with a title and a description; no text begins outside of the card."""
    root = ET.fromstring(FIGURES[name]())  # noqa: S314 - our own text
    height = float(root.attrib["height"])
    assert all(len(root.findtext(f"{_SVG}{part}") or "") > 20 for part in ("title", "desc"))
    places = [(float(one.attrib["x"]), float(one.attrib["y"])) for one in root.iter(f"{_SVG}text")]
    assert places
    assert all(0 < x < 720 and 0 < y < height for x, y in places)


def test_sums_are_those_of_the_formats() -> None:
    """Three bits and three digits by hand; float32 as NumPy adds it."""
    assert [round_to_bits(Fraction(text), 3) for text in ("5.3", "12.7", "9", "11", "1.6")] == [
        5,
        12,
        8,
        12,
        Fraction(3, 2),
    ]
    assert add_decimal(Tree("100"), Tree("0.8"), 3) == Tree("101", "100.8", (Tree("100"), Tree("0.8")))
    rng = np.random.default_rng(1)
    for first, second in rng.uniform(0, 100, (200, 2)).astype(np.float32).tolist():
        assert add_single(first, second) == float(np.float32(first) + np.float32(second))


def test_orders_differ_in_the_figures() -> None:
    """Both trees of the figure on threads have other sums, and both orders of decimals, too."""
    threads, orders = FIGURES["threads.svg"](), FIGURES["two-orders.svg"]()
    assert "gets 0.80000007" in threads
    assert "get 0.80000001" in threads
    assert "gives 100." in orders
    assert "rounded to 101." in orders
