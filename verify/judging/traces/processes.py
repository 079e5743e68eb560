"""Which files of events of two traces belong together, where programs have several processes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from verify.digests import digest_file

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.traces import Trace


def pair_processes(a: Trace, b: Trace) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Return the pairs of files of events, and what only one trace has, in words.

    Equal files belong together, whatever their names are: which worker of a pool gets a task is chance. The others
    belong together by name.

    Args:
        a: one trace.
        b: the other.
    """
    left, right = ({file.name: file for file in side.files[1:]} for side in (a, b))
    pairs = [(a.files[0], b.files[0]), *_take_equal(left, right)]
    pairs += [(left[name], right[name]) for name in sorted(left.keys() & right.keys())]
    missing = [f"only {a.path} has the process of {name}" for name in sorted(left.keys() - right.keys())]
    missing += [f"only {b.path} has the process of {name}" for name in sorted(right.keys() - left.keys())]
    return pairs, missing


def _take_equal(left: dict[str, Path], right: dict[str, Path]) -> list[tuple[Path, Path]]:
    """Take the files of equal bytes out of both sides: those of one name first, then the others."""
    found: list[tuple[Path, Path]] = []
    waiting: dict[str, list[str]] = defaultdict(list)
    digests = {name: digest_file(file) for name, file in left.items()}
    others = {name: digest_file(file) for name, file in right.items()}
    for name in sorted(others, key=lambda name: (digests.get(name) != others[name], name)):
        waiting[others[name]].append(name)
    for name in sorted(digests, key=lambda name: (digests[name] != others.get(name), name)):
        if waiting[digests[name]]:
            other = waiting[digests[name]].pop(0)
            found.append((left.pop(name), right.pop(other)))
    return found
