"""Lines of text that fit a terminal of 80 columns: digests are cut, values go on in further lines."""

from __future__ import annotations

import re
import textwrap

from verify.escaping import clean

COLUMNS = 80
_DIGITS = 12  # hexadecimal digits of a digest that is cut
_DIGEST = re.compile("sha256:([0-9a-f]{64})")
_COLOR = re.compile("\x1b\\[[0-9;]*m")
_PAINTED = re.compile("(\x1b\\[[0-9;]+m)(.*?)(\x1b\\[0m)")
_COMMAND = re.compile(r"(?:repro-appliance|python -m verify) [^,;()]*[^,;()\s]")
_KEPT = "\N{NO-BREAK SPACE}"
# A name before a value: in a row of an error, behind at least two spaces, or none at all.
_ROW = re.compile(r"(  [a-z][a-z ]{0,10} +| *\S+(?: \S+)? {2,}| {2}\S*[^\s,:] |)(\S.*)")
_COLUMN = re.compile(r"(\S)( {2,})(?=\S)")
_LIST = re.compile(r"(?<!\S)[^\s/;,]+(?:[;,][^\s/;,]+)+(?!\S)")  # a list without spaces that is no path
_INDENT = 2
_BELOW = 4  # spaces before columns that go on below


def shorten_digest(digest: str) -> str:
    """Return the first digits of a digest, with a mark that there are more."""
    return _DIGEST.sub(lambda found: f"sha256:{found[1][:_DIGITS]}...", digest)


def fit_lines(text: str, columns: int = COLUMNS) -> str:
    """Return text in which digests are cut in lines that are too long, and long values and sentences go on below.

    A line in which digests fit is left as it is, so that they can be copied. A word, such as a path, is never divided,
    but for a long list such as `a=1;b=2`.
    """
    return "\n".join(_fit_line(line, columns) for line in text.split("\n"))


def _fit_line(line: str, columns: int) -> str:
    if measure(line) <= columns:
        return line
    line = shorten_digest(line)
    if measure(line) <= columns:
        return line
    plain = _COLOR.sub("", line)
    shown = _divide(plain if _COMMAND.search(plain) else _LIST.sub(_open_list, plain), columns)
    for code, words, end in _PAINTED.findall(line):  # only names at the start of a line have a colour
        shown = shown.replace(words.rstrip(), f"{code}{words.rstrip()}{end}", 1)
    return shown


def _open_list(found: re.Match[str]) -> str:
    """Return a list with a space after each of its marks, if it is longer than half a line."""
    return found[0] if len(found[0]) <= COLUMNS // 2 else re.sub("([;,])(?=.)", r"\1 ", found[0])


def _divide(line: str, columns: int) -> str:
    """Return a plain line in several lines."""
    row = _ROW.fullmatch(line)
    if row is None or len(row[1]) > columns // 2 or _COLUMN.search(row[2]):
        return _divide_columns(line, columns)
    shown = wrap(row[2], first=row[1], indent=None if row[1] else _INDENT, columns=columns)
    return clean(shown)  # a line that goes on below must not begin like a command of a CI system


def _divide_columns(line: str, columns: int) -> str:
    """Return a row of columns in several lines, divided between columns, and a long column between words."""
    parts = _COLUMN.sub("\\1\\2\n", line).split("\n")
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1] + part.rstrip()) <= columns:
            lines[-1] += part
        else:
            lines.append(" " * _BELOW + part)
    filled = [line.rstrip() if len(line.rstrip()) <= columns else _wrap_below(line, columns) for line in lines]
    return clean("\n".join(filled))


def _wrap_below(line: str, columns: int) -> str:
    text = line.lstrip()
    return wrap(text.rstrip(), first=line[: len(line) - len(text)], indent=_BELOW, columns=columns)


def measure(line: str) -> int:
    """Return how many columns a line takes; codes of colours take none."""
    return len(_COLOR.sub("", line))


def wrap(text: str, *, first: str = "", indent: int | None = None, columns: int = COLUMNS) -> str:
    """Return text in lines of at most `columns`, divided at spaces only, behind the words `first`.

    A command of this program is not divided, so that it can be copied.

    Args:
        text: one paragraph.
        first: what stands before it in the first line.
        indent: spaces before the other lines; None for the width of `first`.
        columns: the width of a line.
    """
    below = " " * (len(first) if indent is None else indent)
    kept = _COMMAND.sub(lambda found: found[0].replace(" ", _KEPT), text)
    filled = textwrap.fill(
        kept,
        columns,
        initial_indent=first,
        subsequent_indent=below,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(_KEPT, " ")
