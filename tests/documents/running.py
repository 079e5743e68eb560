"""The commands of a page, run in the folder of a reader."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.cli.app import run
from documents.commands import PROGRAM
from documents.comparing import find_missing, hide_numbers
from documents.exceptions import read_exceptions
from documents.parsing import ROOT, find_mistakes, find_name
from documents.placeholders import fill
from support.start import HOME, make_environment, write_script

if TYPE_CHECKING:
    from pathlib import Path

    from documents.commands import Command

TIME_LIMIT = 600
_OWN_PROCESS = {"run", "trace"}
_KERNEL = """
import numpy, threadpoolctl
print(*{pool.get("architecture") for pool in threadpoolctl.threadpool_info()})
"""


@attrs.frozen
class Reader:
    """Somebody who reads a page in a folder, with the program, Python and pytest on PATH."""

    folder: Path
    programs: Path
    has_kernels: bool = True
    whole: bool = False

    def run_quickly(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line in this process, which saves a start, where it is one command of the program."""
        if not _is_plain(line):
            return self.run(line)
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.chdir(self.folder)
            patch.setenv("PATH", f"{self.programs}:{os.environ['PATH']}")
            patch.setenv("PYTHONPATH", HOME)
            patch.setenv("REPRO_APPLIANCE_DATA", str(self.folder / "data"))
            patch.setattr("appliance.launch.restart.ensure_environment", lambda *_: None)
            code = run(shlex.split(line)[1:])
        return subprocess.CompletedProcess(line, code, out.getvalue(), err.getvalue())

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a line in a shell, as it stands there."""
        environment = make_environment(
            PYTHONWARNINGS="ignore", PYTHONDONTWRITEBYTECODE="1", PYTEST_ADDOPTS="-p repro_appliance_pytest"
        )
        environment["PATH"] = f"{self.programs}:{environment['PATH']}"
        environment["REPRO_APPLIANCE_DATA"] = str(self.folder / "data")
        return subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIME_LIMIT,
        )

    def follow(self, command: Command) -> str | None:
        """Run a command of a page; return what is wrong with it."""
        mistakes, exceptions = find_mistakes(command.words), read_exceptions()
        if mistakes:
            return f"{command.place}: {command.words}: {'; '.join(mistakes)}"
        left_out = exceptions.is_long(command.words) and not self.whole
        if left_out or exceptions.find_elsewhere(command.words) is not None:
            return None
        if command.words.startswith("make "):
            return self._try_target(command)
        line = fill(exceptions.shorten(command.words, whole=self.whole), find_name(command.words))
        done = self.run(line) if self.whole else self.run_quickly(line)
        missing = find_missing(command.shown, done.stdout, done.stderr)
        if exceptions.is_of_machine(command.words):
            if not self.has_kernels:
                return None
            missing = find_missing(
                map(hide_numbers, command.shown), hide_numbers(done.stdout), hide_numbers(done.stderr)
            )
        if done.returncode == command.code and missing is None:
            return None
        wrong = f"exit code {done.returncode}" if missing is None else f"not printed: {missing}"
        return f"{command.place}: {command.words}: {wrong}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"

    def _try_target(self, command: Command) -> str | None:
        """Let make say what it would run, and judge the commands of the program in it."""
        words = ["make", "--dry-run", "--always-make", *shlex.split(command.words)[1:]]
        # Not the variables of the make that may have started the tests: ARGS would reach every target.
        environment = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
        done = subprocess.run(
            words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith(f".venv/bin/{PROGRAM} ")]
        wrong = [f"{line}: {mistake}" for line in lines for mistake in find_mistakes(line.removeprefix(".venv/bin/"))]
        if done.returncode == 0 and not wrong:
            return None
        return f"{command.place}: {command.words}: {'; '.join(wrong) or done.stderr}"


def _is_plain(line: str) -> bool:
    """Say whether a line is one command of the program that needs no shell and no process of its own."""
    return line.startswith(f"{PROGRAM} ") and not set(line) & set(";&|()<>*$") and find_name(line) not in _OWN_PROCESS


def has_kernels() -> bool:
    """Say whether OpenBLAS takes the two kernels that pages name, as on x86-64 with AVX2."""
    command, found = [sys.executable, "-c", _KERNEL], []
    for name in ("Haswell", "Nehalem"):
        environment = make_environment(OPENBLAS_CORETYPE=name)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.append(done.stdout.strip())
    return found == ["Haswell", "Nehalem"]


def make_programs(folder: Path) -> Path:
    """Write `python`, `repro-appliance` and `pytest` for this interpreter and this source tree; return their folder."""
    script = write_script(folder / "script")
    programs = folder / "bin"
    programs.mkdir()
    for name, words in (("python", ""), (PROGRAM, f"'{script}' "), ("pytest", "-m pytest ")):
        path = programs / name
        path.write_text(f"#!/bin/sh\nexec '{sys.executable}' {words}\"$@\"\n", encoding="utf-8")
        path.chmod(0o755)
    return programs
