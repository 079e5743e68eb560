"""The coverage of a trace: what was seen, what was not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from verify.tracing.imports import Watched
    from verify.tracing.session import Session

_MOST = 40
_ALWAYS = (
    "indexing, such as a[i], which computes nothing",
    "chained comparisons",
    "calls inside libraries that are not watched",
)
_STARTERS = ("multiprocessing", "subprocess")


def describe_coverage(session: Session, watched: Watched, means: dict[str, str]) -> dict[str, Any]:
    """Return the coverage of a traced program.

    Args:
        session: what the hooks have counted.
        watched: the modules that were watched.
        means: how returns, calls and PyTorch were seen.
    """
    seen = sorted(set(watched.files.values()))
    left_out = [f"{count} calls of {stage} with single numbers" for stage, count in sorted(session.left_out.items())]
    notes = [text if count == 1 else f"{text} ({count} times)" for text, count in sorted(session.notes.items())]
    loaded = {*sys.modules, *seen}  # a program of `-m` is loaded as `__main__`
    asked = [name for name in watched.names if not name.endswith(".__main__")]
    unloaded = [name for name in asked if not any(_is_in(module, name) for module in loaded)]
    return {
        "watched": seen,
        "not_watched": _list_unwatched(watched),
        "hooks": dict(means),
        "operations": {"unseen": session.unseen} if session.unseen else {},
        "not_seen": [
            *notes,
            *left_out,
            *(f"{name}: it was never imported" for name in unloaded),
            *(f"processes that {name} started, unless they run Python" for name in _STARTERS if name in sys.modules),
            *_ALWAYS,
        ],
    }


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def _list_unwatched(watched: Watched) -> list[str]:
    """Return the packages that were loaded and not watched, without those of Python itself."""
    standard: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())
    roots = {name.partition(".")[0] for name in sys.modules}
    own = __name__.partition(".")[0]
    named = sorted(name for name in roots if not name.startswith("_") and name not in standard and name != own)
    return [name for name in named if not watched.covers(name) and name != "sitecustomize"][:_MOST]
