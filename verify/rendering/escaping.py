"""Makes any text safe for the medium it is written to."""

from __future__ import annotations

import re

# What XML 1.0 cannot hold, and the C1 controls, which a terminal may execute.
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: object) -> str:
    """Return text with a question mark for every character that XML cannot hold or a terminal may execute."""
    return _CONTROL.sub("?", str(text))


def escape_cell(text: object) -> str:
    """Return text as one cell of a Markdown table: no control characters, no line breaks, no bare bar."""
    return " ".join(clean(text).splitlines()).replace("|", "\\|")
