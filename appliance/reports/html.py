"""Renders a page as HTML: one file with its style and its pictures in it, and nothing that runs."""

from __future__ import annotations

import base64
import hashlib
import importlib
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.reports.svg import number_ids

if TYPE_CHECKING:
    from appliance.reports.page import Figure, Page

_FOLDER = Path(__file__).parent
_TEMPLATE, _STYLE = "page.html.jinja", "page.css"
# A mark and a tone for every word of a verdict or a status; the word itself always stands beside it.
_MARKS = {
    "identical": ("✓", "good"),
    "pass": ("✓", "good"),
    "yes": ("✓", "good"),
    "harmless": ("✓", "good"),
    "different": ("✗", "bad"),
    "fail": ("✗", "bad"),
    "changes": ("✗", "bad"),
    "no": ("✗", "bad"),
    "close": ("≈", "open"),
    "could-not-judge": ("?", "open"),
}
_NO_MARK = ("·", "note")


def render_page(page: Page) -> str:
    """Return a page as HTML, the same text each time."""
    jinja2: Any = importlib.import_module("jinja2")
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FileSystemLoader(_FOLDER, encoding="utf-8"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    style = (_FOLDER / _STYLE).read_text(encoding="utf-8")
    numbers = count(1)

    def place_svg(figure: Figure) -> str:
        return number_ids(figure.svg, next(numbers))

    template = environment.get_template(_TEMPLATE)
    return str(
        template.render(
            find_mark=lambda word: _MARKS.get(word, _NO_MARK),
            page=page,
            place_svg=place_svg,
            policy=_make_policy(style),
            style=style,
        )
    )


def _make_policy(style: str) -> str:
    """Return the content security policy of a page: no script, no network, no style but this one."""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
