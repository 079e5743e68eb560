"""Starts the program in a process of its own, or in a fork of this one that is loaded already."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import attrs

from appliance.cli.app import run
from appliance.launch.variables import plan_variables
from verify.startup import signals

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
HUNG = -999
"""The exit code of a process that did not end in time."""
_SECONDS = 120.0
_POLL = 0.005
_LOADED = (
    "appliance.checkpoints.opening", "appliance.runs.listing", "appliance.runs.train", "appliance.training.execute",
    "appliance.verification.outcome", "verify.host.fingerprint", "verify.rendering.objects",
)  # fmt: skip
_OUT, _ERR = "stdout", "stderr"


@attrs.frozen(kw_only=True)
class Outcome:
    """How a process ended: its exit code, negative for a signal, and what it printed."""

    code: int
    out: str
    err: str


def make_environment() -> dict[str, str]:
    """Return an environment in which the program needs no restart, and which is not that of a CI."""
    kept = {
        name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("REPRO_APPLIANCE")
    }
    return {**kept, **plan_variables("portable"), "PYTHONPATH": str(ROOT)}


@attrs.define
class Program:
    """A command line of the program that runs in a directory; what it prints goes to files beside it.

    Args:
        folder: the directory.
        arguments: the command line.
        module: the module that is started, with its own arguments; a self-test starts a broken program.
    """

    folder: Path
    arguments: tuple[str, ...]
    module: tuple[str, ...] = ("appliance",)
    _process: subprocess.Popen[bytes] = attrs.field(init=False)
    _printed: Path = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Start it."""
        self._printed = self.folder.with_name(f"{self.folder.name}.printed")
        self._printed.mkdir(exist_ok=True)
        command = [sys.executable, "-m", *self.module, *self.arguments]
        with (self._printed / _OUT).open("wb") as out, (self._printed / _ERR).open("wb") as err:
            self._process = subprocess.Popen(
                command, cwd=self.folder, env=make_environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    def has_ended(self) -> bool:
        """Tell whether it has ended."""
        return self._process.poll() is not None

    def send(self, number: int) -> None:
        """Send it a signal; only this process gets it."""
        self._process.send_signal(number)

    def wait(self, seconds: float = _SECONDS) -> Outcome:
        """Wait for its end; a process that does not end in time is killed and has the code HUNG."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            code = HUNG
        return _read_outcome(code, self._printed)


def run_program(folder: Path, *arguments: str) -> Outcome:
    """Run a command line in a directory to its end."""
    return Program(folder, arguments).wait()


def fork() -> int:
    """Fork this process, with nothing unwritten in its streams; return 0 in the child, its number in the parent."""
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the other threads of tests hold no lock of ours
        return os.fork()


class Fork:
    """A command line in a fork of this process, which has the modules loaded already and must have one thread.

    Args:
        folder: its working directory.
        arguments: its command line.
        prepare: called in the fork first; limits and faults of that process are set there.
    """

    def __init__(self, folder: Path, arguments: tuple[str, ...], prepare: Callable[[], object] | None = None) -> None:
        for name in _LOADED:
            importlib.import_module(name)
        self.folder = folder
        self._printed = folder.with_name(f"{folder.name}.printed")
        self._printed.mkdir(exist_ok=True)
        for name in (_OUT, _ERR):
            (self._printed / name).write_bytes(b"")
        self._code: int | None = None
        self._child = fork()
        if not self._child:
            _be_child(folder, self._printed, arguments, prepare)

    def has_ended(self) -> bool:
        """Tell whether it has ended."""
        if self._code is None:
            number, status = os.waitpid(self._child, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if number else None
        return self._code is not None

    def send(self, number: int) -> None:
        """Send it a signal; only this process gets it."""
        if not self.has_ended():
            os.kill(self._child, number)

    def wait(self, seconds: float = _SECONDS) -> Outcome:
        """Wait for its end; a process that does not end in time is killed and has the code HUNG."""
        end = time.monotonic() + seconds
        while not self.has_ended() and time.monotonic() < end:
            time.sleep(_POLL)
        if self._code is None:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._code = HUNG
        return _read_outcome(self._code, self._printed)


def run_forked(folder: Path, arguments: tuple[str, ...], prepare: Callable[[], object] | None = None) -> Outcome:
    """Run a command line in a fork of this process to its end; see `Fork`."""
    return Fork(folder, arguments, prepare).wait()


def _be_child(
    folder: Path, printed: Path, arguments: tuple[str, ...], prepare: Callable[[], object] | None
) -> NoReturn:
    """Do the work of a fork and end it, whatever happens."""
    code = 99
    try:
        signals.handle_signals()
        for number, name in ((1, _OUT), (2, _ERR)):
            handle = os.open(printed / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(handle, number)
            os.close(handle)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115 - descriptors
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(make_environment())
        if prepare is not None:
            prepare()
        code = run(list(arguments))
    except KeyboardInterrupt:
        code = signals.find_exit_code()
    except BaseException:  # noqa: BLE001 - told to the parent
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _read_outcome(code: int, printed: Path) -> Outcome:
    out, err = ((printed / name).read_text(encoding="utf-8", errors="replace") for name in (_OUT, _ERR))
    return Outcome(code=code, out=out, err=err)
