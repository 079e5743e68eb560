"""Edits of texts and bytes that must change something: a planted fault that is not there proves nothing."""

from __future__ import annotations

from typing import AnyStr


def swap(content: AnyStr, old: AnyStr, new: AnyStr, count: int = -1) -> AnyStr:
    """Return content with `old` replaced by `new`, at most `count` times if that is not negative.

    Raises:
        ValueError: the content is what it was.
    """
    changed = content.replace(old, new, count)
    if changed == content:
        raise ValueError(f"replacing {old!r} by {new!r} changes nothing")
    return changed
