"""Shares trials among forks of this process, which have one thread each, as forks of forks need it."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import TYPE_CHECKING

import attrs

from delivery.torture.programs import fork

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attrs import AttrsInstance


def share_trials(tasks: Sequence[Callable[[], AttrsInstance]], jobs: int, place: Path) -> list[dict[str, object]]:
    """Return what the trials came to, as dictionaries, in an order of their own.

    Args:
        tasks: what makes each trial.
        jobs: how many at a time.
        place: a directory for files of the results.

    Raises:
        RuntimeError: a fork did not end well.
    """
    children = {}
    for slot in range(jobs):
        file = place / f"share-{slot}.json"
        file.unlink(missing_ok=True)
        child = fork()
        if not child:
            _do_share(tasks[slot::jobs], file)
        children[child] = file
    found: list[dict[str, object]] = []
    failed = []
    for child, file in children.items():
        if os.waitpid(child, 0)[1]:
            failed.append(file.name)
        else:
            found += json.loads(file.read_text(encoding="utf-8"))
    if failed:
        raise RuntimeError(f"{len(failed)} of {jobs} shares did not end well")
    return found


def _do_share(tasks: Sequence[Callable[[], AttrsInstance]], file: Path) -> None:
    """Do the work of a fork and end it."""
    code = 1
    try:
        file.write_text(json.dumps([attrs.asdict(task()) for task in tasks]), encoding="utf-8")
        code = 0
    except BaseException:  # noqa: BLE001 - told to the parent
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
