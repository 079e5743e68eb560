"""The figures of docs/floating-point.md, drawn from computed numbers: `python -m delivery.figures`."""

from __future__ import annotations

import struct
import sys
from decimal import Context, Decimal
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WIDTH = 720
# Sums of fewer additions are points where there are many.
_LARGE = 3
# A card of its own, so that the figure is readable on a light and on a dark page.
_STYLE = (
    "text{font:15px system-ui,sans-serif;fill:#1b1f24}.small{font-size:13px}.card{fill:#fff;stroke:#c8ced6}"
    ".line{stroke:#57606a;stroke-width:1.5;fill:none}.mark{stroke:#0b5cad;stroke-width:2;fill:none}"
    ".box{fill:#ddeaf8;stroke:#0b5cad}.lost{fill:#fbe3d6;stroke:#a3400c}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.card{fill:#161b22;stroke:#3d444d}.line{stroke:#9198a1}"
    ".mark{stroke:#79b8ff}.box{fill:#12304f;stroke:#79b8ff}.lost{fill:#4a2413;stroke:#ffa371}}"
)


@attrs.frozen
class Tree:
    """A sum as it is computed: the value after rounding, the exact sum of both parts, and the parts."""

    value: str
    exact: str = ""
    parts: tuple[Tree, ...] = ()
    number: float = 0.0

    @property
    def depth(self) -> int:
        """How many additions one leaf passes at most."""
        return 1 + max(part.depth for part in self.parts) if self.parts else 0


def round_to_bits(value: Fraction, bits: int) -> Fraction:
    """Round a positive number to so many significant bits, to nearest, ties to even."""
    unit = Fraction(2) ** (_find_exponent(value) + 1 - bits)
    return round(value / unit) * unit


def add_single(first: float, second: float) -> float:
    """Add two numbers of float32 as float32: rounded once, because the sum in float64 loses nothing that counts."""
    return float(struct.unpack("<f", struct.pack("<f", first + second))[0])


def add_decimal(first: Tree, second: Tree, digits: int) -> Tree:
    """Add in decimal numbers with so many significant digits."""
    exact = Decimal(first.value) + Decimal(second.value)
    rounded = exact.normalize(Context(prec=digits))
    return Tree(f"{rounded:f}", f"{exact:f}", (first, second))


def draw_numbers() -> str:
    """Draw all numbers of three significant bits from 1 to 16, and what two others are rounded to."""
    numbers = [Fraction(mantissa, 4) * 2**exponent for exponent in range(4) for mantissa in range(4, 8)] + [
        Fraction(16)
    ]
    shapes = [f'<path class="line" d="M40 90H{40 + 40 * 16}"/>']
    for number in numbers:
        x = 40 + 40 * number
        shapes.append(f'<path class="mark" d="M{float(x):g} 78V102"/>')
        if number.denominator == 1:
            shapes.append(_write(float(x), 124, f"{number}"))
    for other in (Fraction(53, 10), Fraction(127, 10)):
        start, end = float(40 + 40 * other), float(40 + 40 * round_to_bits(other, 3))
        shapes.append(f'<path class="line" d="M{start:g} 56C{start:g} 70 {end:g} 58 {end:g} 74"/>')
        shapes.append(_write(start, 48, f"{float(other):g}"))
    shapes.append(_write(40, 152, "all numbers with three significant bits from 1 to 16", "small", "start"))
    return _finish(
        170,
        "Floating-point numbers on a line",
        "Marks at 1, 1.25, 1.5, 1.75, then 2, 2.5, 3, 3.5, then 4, 5, 6, 7, then 8, 10, 12, 14, 16: "
        "the gaps double at each power of two. Arrows show that 5.3 is rounded to 5 and 12.7 to 12.",
        shapes,
    )


def draw_orders() -> str:
    """Draw the sum of 100, 0.4 and 0.4 in two orders, with three significant decimal digits."""
    large, small = Tree("100"), Tree("0.4")
    left = add_decimal(add_decimal(large, small, 3), small, 3)
    right = add_decimal(large, add_decimal(small, small, 3), 3)
    shapes = [_write(180, 34, "from left to right"), _write(540, 34, "the small ones first")]
    shapes += [*_draw_tree(left, 20, 320, 250), *_draw_tree(right, 380, 320, 250)]
    return _finish(
        280,
        "One sum in two orders",
        f"With three decimal digits: 100 + 0.4 is 100.4, rounded to 100; again + 0.4 gives {left.value}. "
        f"In the other order 0.4 + 0.4 is 0.8, and 100 + 0.8 is 100.8, rounded to {right.value}.",
        shapes,
    )


def draw_threads() -> str:
    """Draw eight times 0.1 in float32, added by one thread and by two."""
    one = _fold([0.1] * 8)
    two = _join(_fold([0.1] * 4), _fold([0.1] * 4))
    shapes = [_write(200, 34, "one thread"), _write(560, 34, "two threads")]
    shapes.append(_write(40, 416, "each point without a line above it is 0.1", "small", "start"))
    shapes += [*_draw_tree(one, 20, 350, 380, dots=True), *_draw_tree(two, 400, 300, 380, dots=True)]
    return _finish(
        432,
        "Eight numbers added by one thread and by two",
        f"Eight times 0.1 in float32. One thread adds one after the other and gets {one.value}. "
        f"Two threads add four each, then the two sums, and get {two.value}.",
        shapes,
    )


def draw_grid() -> str:
    """Draw three numbers rounded to whole units, and their sum in two orders."""
    units = {"2.3": 2, "4.9": 5, "2.8": 3}
    if any(round(Fraction(text)) != count for text, count in units.items()):
        raise ValueError("a number is not rounded to its units")
    shapes, names = [], list(units)
    for row, name in enumerate(names):
        shapes.append(_write(40, 48 + 40 * row, f"{name} is rounded to {units[name]} units", anchor="start"))
        shapes += _draw_units(300, 32 + 40 * row, [units[name]])
    for row, order in enumerate(([0, 1, 2], [2, 1, 0])):
        y = 180 + 50 * row
        words = " + ".join(str(units[names[one]]) for one in order)
        shapes.append(_write(40, y + 16, f"{words} = {sum(units.values())}", anchor="start"))
        shapes += _draw_units(300, y, [units[names[one]] for one in order])
    return _finish(
        290,
        "Sums of whole units have no order",
        "2.3 becomes 2 units, 4.9 becomes 5, 2.8 becomes 3. Rows of 2 + 5 + 3 and of 3 + 5 + 2 units "
        "both have 10 units: nothing is rounded when they are added, so the order cannot matter.",
        shapes,
    )


FIGURES: dict[str, Callable[[], str]] = {
    "number-line.svg": draw_numbers,
    "two-orders.svg": draw_orders,
    "threads.svg": draw_threads,
    "grid.svg": draw_grid,
}


def _find_exponent(value: Fraction) -> int:
    exponent = 0
    while Fraction(2) ** (exponent + 1) <= value:
        exponent += 1
    return exponent


def _fold(numbers: list[float]) -> Tree:
    """Add one after the other in float32."""
    leaves = [Tree(f"{number:g}", number=add_single(number, 0.0)) for number in numbers]
    found = leaves[0]
    for leaf in leaves[1:]:
        found = _join(found, leaf)
    return found


def _join(first: Tree, second: Tree) -> Tree:
    number = add_single(first.number, second.number)
    return Tree(f"{number:.8g}", "", (first, second), number)


def _draw_tree(tree: Tree, left: float, width: float, bottom: float, *, dots: bool = False) -> Iterator[str]:
    """Draw a tree with its leaves at the top and its sum at the bottom."""
    yield from _draw_node(tree, left, width, bottom, (bottom - 70) / max(tree.depth, 1), dots=dots)[1]


def _draw_node(tree: Tree, left: float, width: float, y: float, step: float, *, dots: bool) -> tuple[float, list[str]]:
    """Return where a node stands, and its shapes: lines first, so that boxes cover their ends."""
    if not tree.parts:
        return left + width / 2, [*_draw_box(left + width / 2, y, tree, dots=dots)]
    shapes: list[str] = []
    total = _count_leaves(tree)
    middles: list[float] = []
    for part in tree.parts:
        share = width * _count_leaves(part) / total
        middle, inner = _draw_node(part, left, share, y - step, step, dots=dots)
        shapes += inner
        middles.append(middle)
        left += share
    middle = sum(middles) / len(middles)
    lines = [f'<path class="line" d="M{one:g} {y - step:g}L{middle:g} {y:g}"/>' for one in middles]
    return middle, [*lines, *shapes, *_draw_box(middle, y, tree, dots=dots and tree.depth < _LARGE)]


def _count_leaves(tree: Tree) -> int:
    return sum(_count_leaves(part) for part in tree.parts) if tree.parts else 1


def _draw_box(x: float, y: float, tree: Tree, *, dots: bool) -> Iterator[str]:
    """Draw a value; small sums are dots where there are many. What was rounded away stands beside it."""
    if dots:
        yield f'<circle class="box" cx="{x:g}" cy="{y:g}" r="5"/>'
        return
    width = 22 + 9 * len(tree.value)
    kind = "lost" if tree.exact and tree.exact != tree.value else "box"
    yield f'<rect class="{kind}" x="{x - width / 2:g}" y="{y - 14:g}" width="{width}" height="28" rx="6"/>'
    yield _write(x, y + 5, tree.value)
    if kind == "lost":
        yield _write(x + width / 2 + 8, y + 5, f"from {tree.exact}", "small", "start")


def _draw_units(left: float, top: float, counts: list[int]) -> Iterator[str]:
    place = left
    for number, count in enumerate(counts):
        for _ in range(count):
            kind = "lost" if number % 2 else "box"
            yield f'<rect class="{kind}" x="{place:g}" y="{top:g}" width="22" height="22" rx="3"/>'
            place += 26
        place += 8


def _write(x: float, y: float, text: str, kind: str = "", anchor: str = "middle") -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _finish(height: int, title: str, words: str, shapes: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        'role="img" aria-labelledby="title words">'
    )
    about = f'<title id="title">{escape(title)}</title><desc id="words">{escape(words)}</desc>'
    card = f'<rect class="card" x="1" y="1" width="{_WIDTH - 2}" height="{height - 2}" rx="8"/>'
    return "\n".join([head, about, f"<style>{_STYLE}</style>", card, *shapes, "</svg>"]) + "\n"


def main(folder: Path) -> None:
    """Write every figure into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        (folder / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "docs" / "figures")
