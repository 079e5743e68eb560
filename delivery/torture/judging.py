"""Says what is wrong with how a process ended and with what it left; nothing is wrong where the text is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.runs.proof import prove_run
from delivery.torture.programs import HUNG
from verify.errors import ApplianceError
from verify.files.run import RESULTS, TRACE_NAME
from verify.files.trace import EVENTS_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from delivery.torture.programs import Outcome

RUN = "run"
"""The name of every run directory here."""
CHECKPOINTS = "run.checkpoints"
"""The name of the folder of its checkpoints."""
_NOTES = ("note: ", "warning: ")
_OF_OPENBLAS = "OpenBLAS error: Memory allocation still failed"
_SHOWN = 300


def read_results(run: Path) -> dict[str, bytes]:
    """Return the files of a run that are equal in equal runs, with the events of a trace."""
    names = [*RESULTS, *([f"{TRACE_NAME}/{EVENTS_NAME}"] if (run / TRACE_NAME).is_dir() else [])]
    return {name: (run / name).read_bytes() for name in names}


def complain_of_run(folder: Path, expected: dict[str, bytes]) -> str:
    """Return what is wrong with a run that must be in place, whole and equal, with nothing beside it."""
    run = folder / RUN
    try:
        prove_run(run)
        found = read_results(run)
    except (ApplianceError, OSError) as error:
        return f"no whole run: {error}"
    others = [name for name in expected if found.get(name) != expected[name]]
    if others or len(found) != len(expected):
        return f"other results: {', '.join(others) or 'other files'}"
    left = list_debris(folder)
    return f"left behind: {', '.join(left)}" if left else ""


def list_debris(folder: Path) -> list[str]:
    """Return the names beside a run, without what a case put there."""
    return sorted(path.name for path in folder.iterdir() if path.name != RUN and not path.name.startswith("given"))


def complain_of_half_a_run(folder: Path, expected: dict[str, bytes]) -> str:
    """Return what is wrong with a place where a run was not written, or a whole one is."""
    run = folder / RUN
    if not run.exists():
        return ""
    try:
        prove_run(run)
        return "" if read_results(run) == expected else "another run is in place"
    except (ApplianceError, OSError) as error:
        return f"half a run is in place: {error}"


def complain_of_words(outcome: Outcome, codes: tuple[int, ...]) -> str:
    """Return what is wrong with an exit code and an error: one error, without a traceback, exactly if it failed."""
    if outcome.code == HUNG:
        return "it did not end"
    if outcome.code == 1 and outcome.err.startswith(_OF_OPENBLAS):
        return ""  # the library ends the process itself
    if outcome.code not in codes:
        return f"exit code {outcome.code}: {outcome.err[-_SHOWN:]}"
    for words in ("Traceback", "internal error", "Exception ignored"):
        if words in outcome.err:
            return f"{words}: {outcome.err[-_SHOWN:]}"
    titles = list_titles(outcome.err)
    wanted = 0 if outcome.code == 0 else 1
    return (
        "" if len(titles) == wanted else f"{len(titles)} errors with exit code {outcome.code}: {outcome.err[-_SHOWN:]}"
    )


def list_titles(text: str) -> list[str]:
    """Return the first lines of errors; notes and warnings are none."""
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", *_NOTES))]
    return [line for line in lines if line.strip()]
