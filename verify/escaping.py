"""Makes any text safe for the medium it is written to: a terminal, the log of a CI run, Markdown, XML.

Text from files and from other machines may hold escape sequences, line breaks that pretend to be further lines of
output, or commands that GitHub executes where a line of a log begins with `::` or holds `##[`.
"""

from __future__ import annotations

import re
import sys

# What XML 1.0 cannot hold, the C1 controls, which a terminal may execute, and what changes the direction of writing.
_CONTROL = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)
_MARKDOWN = re.compile(r"([\\`*\[\]|~])|(?<!\w)(_)|(_)(?!\w)|(?<=:)(/)(?=/)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_COLOR = re.compile("(\x1b\\[(?:0|3[1236])m)")
_LONGEST = 4000
"""Characters of one value that are shown."""


def clean(text: object) -> str:
    """Return text with a question mark for every character that XML cannot hold or a terminal may execute."""
    return _COMMAND.sub(_break_command, _CONTROL.sub("?", _write(text)))


def clean_line(text: object) -> str:
    """Return text as `clean` does, in one line; the end of a very long text is left out."""
    line = " ".join(clean(text).replace("\t", " ").splitlines())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}... ({len(line) - _LONGEST} more characters)"


def _break_command(match: re.Match[str]) -> str:
    return "#?" if match[1] is None else f"{match[1]}?"


def clean_screen(text: str) -> str:
    """Return whole output as `clean` does, with the colours that this program uses left in it."""
    return "".join(part if _COLOR.fullmatch(part) else clean(part) for part in _COLOR.split(text))


def escape_cell(text: object) -> str:
    """Return text as one cell of a Markdown table, which shows it as it is: no HTML, no links, no bare bar."""
    line = re.sub("[&<>]", lambda match: _ENTITIES[match[0]], clean_line(text))
    return _MARKDOWN.sub(r"\\\g<0>", line)


def _write(value: object) -> str:
    """Return a value as text; integers have a limit in `str`, beyond which it raises."""
    try:
        return str(value)
    except ValueError:
        return f"(an integer of more than {sys.get_int_max_str_digits()} digits)"
