"""What a page is made of: parts with sections, in which are facts, tables, figures and texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from verify.escaping import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 300  # characters of a cell
_LONGEST_TEXT = 2000
_MOST_ROWS = 300
_MOST_COLUMNS = 24


def tidy(value: object, longest: int = _LONGEST) -> str:
    """Return a value as one line without control characters; the end of a long one is left out."""
    text = value if isinstance(value, str) else _write(value)
    line = clean_line(text)
    return line if len(line) <= longest else f"{line[:longest]} (and {len(line) - longest} more characters)"


def _write(value: object) -> str:
    """Return a value as text: numbers so that they are read back exactly, lists and objects in one line."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_write(item) for item in value[:_LONGEST]) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_write(item)}" for key, item in list(value.items())[:_LONGEST]) or "none"
    return clean_line(value)


def shorten(digest: object) -> str:
    """Return the first digits of a digest; other values as they are."""
    text = tidy(digest)
    return f"{text[7:19]}…" if text.startswith("sha256:") and len(text) > len("sha256:") + 12 else text


def _tidy_names(names: Sequence[object]) -> tuple[str, ...]:
    return tuple(map(tidy, names[:_MOST_COLUMNS]))


def _tidy_text(text: object) -> str:
    return tidy(text, _LONGEST_TEXT)


def _tidy_texts(rows: Sequence[object]) -> tuple[str, ...]:
    return tuple(map(_tidy_text, rows[:_MOST_ROWS]))


def _tidy_rows(rows: Iterable[Sequence[object]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(tidy(cell) for cell in row[:_MOST_COLUMNS]) for row in rows)


@attrs.frozen(kw_only=True)
class Facts:
    """Named values.

    Args:
        rows: each name with its value.
    """

    form: ClassVar[str] = "facts"
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_tidy_rows)


@attrs.frozen(kw_only=True)
class Grid:
    """A table; the first cell of a row names the row.

    Args:
        caption: what it shows.
        columns: the names of the columns.
        rows: one cell for each column.
        right: the columns that are aligned right, such as numbers.
        status: the column that holds a status or a verdict; it gets a mark and a colour.
        whole: how many rows there are, if some are left out.
    """

    form: ClassVar[str] = "grid"
    caption: str = attrs.field(converter=tidy)
    columns: tuple[str, ...] = attrs.field(converter=_tidy_names)
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_tidy_rows)
    right: frozenset[str] = frozenset()
    status: str = ""
    whole: int = 0

    @property
    def lacking(self) -> int:
        """How many rows are left out."""
        return max(0, self.whole - len(self.rows))


def make_grid(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    right: Iterable[str] = (),
    status: str = "",
    most: int = _MOST_ROWS,
) -> Grid:
    """Return a table of the first rows; it says how many are left out. A column without a word in it is left out."""
    used = [
        place
        for place in range(len(columns))
        if not place or not rows or any(row[place] not in ("", None) for row in rows)
    ]
    columns, shown = [columns[place] for place in used], [[row[place] for place in used] for row in rows[:most]]
    return Grid(caption=caption, columns=columns, rows=shown, right=frozenset(right), status=status, whole=len(rows))


@attrs.frozen(kw_only=True)
class Figure:
    """A plot with its text alternative and its data.

    Args:
        svg: the element `svg`, safe to stand in a page; `appliance.reports.plots` makes it.
        alternative: what the plot shows, for those who do not see it.
        caption: what stands below it.
        data: the numbers that it shows.
    """

    form: ClassVar[str] = "figure"
    svg: str
    alternative: str = attrs.field(converter=tidy)
    caption: str = attrs.field(converter=tidy)
    data: Grid | None = None


@attrs.frozen(kw_only=True)
class Text:
    """A paragraph."""

    form: ClassVar[str] = "text"
    text: str = attrs.field(converter=_tidy_text)


@attrs.frozen(kw_only=True)
class Items:
    """A list of sentences."""

    form: ClassVar[str] = "items"
    rows: tuple[str, ...] = attrs.field(converter=_tidy_texts)


@attrs.frozen(kw_only=True)
class Code:
    """Lines that are shown as they are, such as a configuration or a command."""

    form: ClassVar[str] = "code"
    title: str = attrs.field(converter=tidy)
    lines: tuple[str, ...] = attrs.field(converter=_tidy_texts)


@attrs.frozen(kw_only=True)
class Folded:
    """Blocks that are shown when the reader asks for them."""

    form: ClassVar[str] = "folded"
    title: str = attrs.field(converter=tidy)
    blocks: tuple[Block, ...]


Block = Facts | Grid | Figure | Text | Items | Code | Folded


@attrs.frozen(kw_only=True)
class Section:
    """Blocks under one heading."""

    title: str = attrs.field(converter=tidy)
    blocks: tuple[Block, ...]


def _drop_empty(sections: Sequence[Section]) -> tuple[Section, ...]:
    return tuple(section for section in sections if section.blocks)


@attrs.frozen(kw_only=True)
class Part:
    """What is told of one argument, or of all run directories together.

    Args:
        kind: what it is, in a few words.
        title: its heading.
        verdict: "" where nothing is judged.
        sentence: the verdict in words.
        sections: what explains it; one without blocks is left out.
    """

    kind: str
    title: str = attrs.field(converter=tidy)
    verdict: str = attrs.field(default="", converter=tidy)
    sentence: str = attrs.field(default="", converter=_tidy_text)
    sections: tuple[Section, ...] = attrs.field(converter=_drop_empty)


@attrs.frozen(kw_only=True)
class Page:
    """A whole report.

    Args:
        title: the title of the document.
        verdict: the worst verdict of its parts; "" where nothing is judged.
        sentence: the verdict in words.
        parts: the parts.
        version: of the program.
    """

    title: str
    verdict: str
    sentence: str
    parts: tuple[Part, ...]
    version: str
