"""Pages with parts that programs write: each part stands between two marks, `<!-- NAME -->` and `<!-- /NAME -->`."""

from __future__ import annotations


def replace_part(page: str, name: str, text: str) -> str:
    """Return a page with another text between the two marks of a name.

    Raises:
        ValueError: the page has no such marks.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"no {begin} ... {end} in the page")
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}"
