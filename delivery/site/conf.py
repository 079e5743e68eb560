"""Settings of Sphinx for the site: `make docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

_ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(_ROOT))

from delivery.site.navigation import add_trees  # noqa: E402 - the path is set above
from verify.version import __version__  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "repro-appliance"
author = "The repro-appliance authors"
copyright = author  # noqa: A001 - Sphinx calls it so
release = __version__
extensions = ["myst_parser"]
myst_heading_anchors = 4
nitpicky = True
# Options keep their two dashes.
smartquotes = False
html_theme = "furo"
html_title = f"repro-appliance {release}"
html_copy_source = False
html_show_sphinx = False
# Readers of a page on GitHub see the same highlighting.
highlight_language = "text"

_SOURCES = "https://github.com/repro-appliance/repro-appliance/blob/main/"
_OUTSIDE = re.compile(r"\]\(\.\./([^)]+)\)")
_FOLDER = re.compile(r"\]\(([\w-]+/)\)")


def setup(app: Sphinx) -> None:
    """Register what is changed in each page before it is read."""
    app.connect("source-read", prepare)


def prepare(_app: Sphinx, name: str, content: list[str]) -> None:
    """Let links out of docs/, and to folders, lead to the repository; add the navigation to the first page."""
    content[0] = _OUTSIDE.sub(rf"]({_SOURCES}\1)", content[0])
    content[0] = _FOLDER.sub(rf"]({_SOURCES}docs/\1)", content[0])
    if name == "index":
        content[0] = add_trees(content[0])
