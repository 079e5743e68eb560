"""The law of the label: a module that decides portable bits says so, and the specification lists it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LABEL = "Part of bits 2."


def read_listed(page: str) -> set[str]:
    """Return the full names of the modules that docs/numerics.md lists in its table."""
    rows = [line for line in page.splitlines() if line.startswith("|")]
    paths = [path for row in rows for path in re.findall(r"`((?:appliance|verify)/[\w/]+)\.py`", row)]
    return {path.replace("/", ".") for path in paths}


def has_label(text: str) -> bool:
    """Return whether the docstring of a module says in its first four lines that it is part of the arithmetic."""
    return LABEL in "\n".join((ast.get_docstring(ast.parse(text)) or "").splitlines()[:4])


def find_mislabelled(modules: Mapping[str, str], listed: set[str]) -> Iterator[str]:
    """Yield modules with a label that are not listed, listed ones without a label, listed ones that do not exist."""
    for name, text in sorted(modules.items()):
        if has_label(text) and name not in listed:
            yield f"{name} says that it is part of bits 2, but docs/numerics.md does not list it"
        if not has_label(text) and name in listed:
            yield f"docs/numerics.md lists {name}, but its first lines do not say so"
    yield from (f"docs/numerics.md lists {name}, which does not exist" for name in sorted(listed - set(modules)))
