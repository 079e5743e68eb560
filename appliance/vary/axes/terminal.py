"""The axis `terminal`: kind and width of the terminal, and whether the output is one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_NARROW, _TERMINAL = "narrow", "terminal"
_PROBE = """
import os, shutil, sys
print("terminal", os.environ.get("TERM"), "columns", os.environ.get("COLUMNS"), shutil.get_terminal_size().columns,
      "is one:", sys.stdout.isatty())
"""
# Runs the command with a terminal as its standard output and copies what it writes, without changing line ends.
_COPY = """
import fcntl, os, pty, struct, sys, termios
ours, theirs = pty.openpty()
mode = termios.tcgetattr(theirs)
mode[1] &= ~termios.OPOST
termios.tcsetattr(theirs, termios.TCSANOW, mode)
fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 132, 0, 0))
child = os.fork()
if child == 0:
    os.dup2(theirs, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
os.close(theirs)
while True:
    try:
        data = os.read(ours, 65536)
    except OSError:
        break
    if not data:
        break
    while data:
        data = data[os.write(1, data):]
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


class Terminal:
    """Sets TERM and COLUMNS, or gives the child a terminal as its output; reads both there."""

    name = "terminal"
    title = "terminal: its kind, its width, whether the output is one"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return a narrow terminal in the variables, and a real one as the output."""
        return (AS_IT_IS, _NARROW, _TERMINAL)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set the variables, or put a program before the command that copies from a terminal."""
        if value == _NARROW:
            variables = {"TERM": "dumb", "COLUMNS": "40", "LINES": "10"}
            return attrs.evolve(launch, environment=launch.environment | variables)
        if value == _TERMINAL:
            kept = {name: text for name, text in launch.environment.items() if name not in {"COLUMNS", "LINES"}}
            prefix = (*launch.prefix, sys.executable, "-I", "-S", "-c", _COPY)
            return attrs.evolve(launch, prefix=prefix, environment=kept | {"TERM": "xterm-256color"})
        return launch

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the terminal that the child finds."""
        probe = start_probe(subject, _PROBE)
        return compare(self, value, subject, run, probe, remedy=f"give {_NARROW} or {_TERMINAL}")

    def advise(self) -> str:
        """Return what helps."""
        return "set widths explicitly (np.printoptions(linewidth=...), pandas display.width), write results to files"
