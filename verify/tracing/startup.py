"""Starts recording in a Python process, before its program runs; called from a generated `sitecustomize`.

The settings are a JSON object: `directory` of the trace, `watch` (names of modules), `command`, `captures` (a file, or
null), `limit` (bytes of events). Without them nothing happens.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import verify.tracing
from verify.tracing import imports, pytorch
from verify.tracing import session as sessions
from verify.tracing.captures import read_captures
from verify.tracing.coverage import describe_coverage
from verify.tracing.recorder import LIMIT, Recorder
from verify.tracing.returns import Returns
from verify.tracing.tracebacks import clean_tracebacks
from verify.tracing.world import read_variables, read_world

if TYPE_CHECKING:
    from typing import Any

_PROGRAM = "program"  # a file beside the settings: the path of the first process's program
_SCRIPT_OPTIONS = ("", "-", "-c")


def begin(settings: Path) -> None:
    """Record this process, as a file of settings asks for; a failure is told once and changes nothing else."""
    try:
        _begin(json.loads(settings.read_text(encoding="utf-8")), settings.with_name(_PROGRAM))
    except Exception as error:  # noqa: BLE001 - the program must run as it is
        sys.stderr.write(f"trace: nothing is recorded: {type(error).__name__}: {error}\n")


def _begin(settings: dict[str, Any], shared: Path) -> None:
    recorder = _open_recorder(settings)
    session = sessions.session = sessions.Session(recorder)
    verify.tracing.active = recorder
    program = _find_program()
    if recorder.main:
        shared.write_text(os.path.abspath(program), encoding="utf-8", errors="surrogateescape")
    elif program == "-c" and any("multiprocessing" in word for word in _read_words()):
        program = shared.read_text(encoding="utf-8", errors="surrogateescape")  # the workers import it again
    names = [*settings["watch"], *_list_main_names(program)]
    watched = imports.Watched(names, session.note)
    imports.install_names()
    if program == "-c":
        watched.files["<string>"] = "__main__"
        session.note("calls and operators of a program that is given with -c or on standard input")
    elif os.path.isfile(program):
        imports.watch_program(os.path.abspath(program), watched)
    for name in settings["watch"]:
        if name in sys.modules:
            session.note(f"{name}: calls and operators; it was imported before the trace began")
    sys.meta_path.insert(0, imports.Finder(watched, {"torch": pytorch.install}))
    means = {"returns": Returns(watched).install(), "calls": "rewritten modules", "torch": "dispatch mode"}
    failure = clean_tracebacks()
    atexit.register(_end, session, watched, means, failure)


def _open_recorder(settings: dict[str, Any]) -> Recorder:
    """Return the recorder of the first process, or of a further one."""
    captures = settings.get("captures")
    options: dict[str, Any] = {
        "level": "calls",
        "command": settings["command"],
        "details": {
            "environment": read_variables(),
            "directory": settings["place"],
            "watch": settings["watch"],
            "program": _digest_program(_find_program()),
        },
        "captures": read_captures(Path(captures)) if captures else (),
        "limit": settings.get("limit") or LIMIT,
    }
    try:
        return Recorder(settings["directory"], **options)
    except FileExistsError:
        return Recorder(settings["directory"], **options, main=False)


def _digest_program(program: str) -> str:
    """Return the digest of the program's file; "" where it has none."""
    try:
        return f"sha256:{hashlib.sha256(Path(program).read_bytes()).hexdigest()}"
    except (OSError, ValueError):
        return ""


def _find_program() -> str:
    """Return the file of the program, "-m", or "-c" for a program without a file."""
    first = sys.argv[0] if getattr(sys, "argv", None) else ""
    return "-c" if first in _SCRIPT_OPTIONS else first


def _list_main_names(program: str) -> list[str]:
    """Return the names under which the program's own modules are imported."""
    if program != "-m":
        return []
    words = _read_words()
    place = next((number for number, word in enumerate(words) if word.startswith("-m")), None)
    if place is None:
        return []
    name = words[place][2:] or (words[place + 1] if place + 1 < len(words) else "")
    return [name, f"{name}.__main__"] if name else []


def _read_words() -> list[str]:
    """Return the words of the command line that started this interpreter."""
    words: list[str] | None = getattr(sys, "orig_argv", None)
    if words is not None:
        return words
    try:
        return Path("/proc/self/cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")
    except OSError:
        return []


def _end(session: sessions.Session, watched: imports.Watched, means: dict[str, str], failure: list[str]) -> None:
    """Close the trace when the program ends."""
    session.busy.on = True
    sessions.session, verify.tracing.active = None, None
    if "torch" not in sys.modules:
        means.pop("torch", None)
    try:
        coverage = describe_coverage(session, watched, means)
        session.recorder.close(coverage, world=read_world(), failure=failure[0] if failure else None)
    except Exception as error:  # noqa: BLE001 - the program has ended well
        sys.stderr.write(f"trace: the end was not recorded: {type(error).__name__}: {error}\n")
