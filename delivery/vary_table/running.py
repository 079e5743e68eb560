"""Runs `vary` on one program, in a directory made for it, as a user does."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.processes.child import Children, Command, Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from delivery.vary_table.programs import Program

ROOT = Path(__file__).resolve().parents[2]
_PEAK = re.compile(r"VmHWM:\s*(\d+) kB")
_SECONDS = 1800.0


@attrs.frozen(kw_only=True)
class Tools:
    """What stands for {python}, {other} and {numpy} in a command; "" for what is not there.

    Args:
        python: the interpreter of the programs.
        other: an interpreter of another version.
        numpy: an environment with another NumPy.
    """

    python: str
    other: str = ""
    numpy: str = ""

    def fill(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return a command with the interpreters in their places."""
        return tuple(word.format_map(attrs.asdict(self)) for word in words)

    def list_missing(self, program: Program) -> list[str]:
        """Return what this machine lacks to run a program, in words."""
        words = (*program.command, *program.prepare, *program.values)
        missing = []
        if not self.other and any("{other}" in word for word in words):
            missing.append("a Python of another version")
        if not self.numpy and any("{numpy}" in word for word in words):
            missing.append("an environment with another NumPy (--numpy)")
        first = {command[0] for command in (program.command, program.prepare) if command}
        tools = sorted({word for word in first if word[0] not in "{."} | set(program.needs))
        missing += [f"the program {name}" for name in tools if shutil.which(name) is None]
        lacking = [name for name in program.modules if not self._can_import(name)]
        return missing + [f"{name} in {Path(self.python).name} (--python)" for name in lacking]

    def _can_import(self, module: str) -> bool:
        return subprocess.run([self.python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


@attrs.frozen(kw_only=True)
class Heard:
    """What `vary` said.

    Args:
        code: its exit code.
        answer: its JSON; empty if it gave none.
        messages: the end of what it wrote to standard error.
        peak: MiB of memory that it used at most; 0 where that cannot be read.
        seconds: wall time.
    """

    code: int
    answer: dict[str, object]
    messages: str
    peak: int
    seconds: float


def run_vary(program: Program, source: Path, folder: Path, tools: Tools) -> Heard:
    """Return what `vary` says of a program.

    Args:
        program: the program.
        source: the folder of its files.
        folder: an empty directory; its home, its working directory and what is printed go there.
        tools: the interpreters.
    """
    work, home, printed = folder / "work", folder / "home", folder / "printed"
    for place in (work, home, printed):
        place.mkdir()
    for name in program.files:
        shutil.copy(source / name, work / name)
    if program.prepare:
        subprocess.run(tools.fill(program.prepare), cwd=work, check=True, timeout=_SECONDS)
    words = [word for value in program.values for word in ("--axis", value)]
    words += ["--axes", ",".join(program.axes)] if program.axes else []
    start = (sys.executable, str(ROOT / "repro_appliance.py"), "vary", "--json")
    command = Command(
        arguments=(*start, *tools.fill(words), "--", *tools.fill(program.command)),
        environment=os.environ | {"HOME": str(home)},
        directory=work,
    )
    peak = _Peak()
    outcome = Children().run(command, printed, Limits(seconds=_SECONDS, watch=peak))
    answer: dict[str, object] = {}
    with suppress(ValueError):
        answer = json.loads(outcome.output.read_text(encoding="utf-8"))
    messages = outcome.messages.read_text(encoding="utf-8", errors="replace").strip()[-500:]
    code = -1 if outcome.code is None else outcome.code
    return Heard(code=code, answer=answer, messages=messages, peak=peak.mebibytes, seconds=outcome.seconds)


@attrs.define
class _Peak:
    """Reads how much memory a process has used at most, as often as it is asked."""

    mebibytes: int = 0

    def __call__(self, process: int) -> None:
        """Read it; the value never becomes smaller."""
        with suppress(OSError):
            found = _PEAK.search(Path(f"/proc/{process}/status").read_text(encoding="ascii"))
            self.mebibytes = int(found[1]) >> 10 if found else self.mebibytes
