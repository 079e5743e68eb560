"""The axis `date`: what the program takes for the time of day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import (
    AS_IT_IS,
    judge,
    look_twice,
    refuse,
    refuse_other_library,
    refuse_without_tool,
    start_probe,
)

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_TOOL = ("faketime", "--exclude-monotonic", "-f")
_WAITS = {"FAKETIME_FORCE_MONOTONIC_FIX": "0"}  # its correction for old C libraries makes threads wait for seconds
# faketime breaks a sleep until a moment of the monotonic clock, which is how Python sleeps since 3.11.
_SLEEP = """
import select as _vary_select, time as _vary_time
def _vary_sleep(seconds, select=_vary_select.select):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select([], [], [], seconds)
_vary_time.sleep = _vary_sleep
del _vary_select, _vary_time, _vary_sleep
"""
_PROBE = 'import datetime; print("today is", datetime.date.today())'
# Only in the program's own Python: another one does not read the startup. The alarm ends a wait that faketime breaks.
_WAIT = "import signal, threading, time; signal.alarm(20); time.sleep(0.01); threading.Event().wait(0.01); "


class Date:
    """Starts the clock at another moment with faketime; reads the date in the child."""

    name = "date"
    title = "date and time of day"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return a moment in the past and a leap day in the future."""
        return (AS_IT_IS, "2011-02-03 04:05:06", "2028-02-29 23:30:00")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Put faketime before the command; the clock starts there and runs on, waiting is not changed."""
        if value == AS_IT_IS:
            return launch
        startup = (*launch.python_startup, _SLEEP)
        prefix = (*launch.prefix, *_TOOL, f"@{value}")
        return attrs.evolve(launch, prefix=prefix, python_startup=startup, environment=launch.environment | _WAITS)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the date in the child."""
        remedy = "install the package faketime; programs that are linked statically do not see it"
        lacking = refuse_without_tool("faketime", "faketime") or refuse_other_library(subject)
        if lacking is not None:
            return lacking
        probe = _PROBE if subject.python is None else _WAIT + _PROBE
        before, after = look_twice(self, value, subject, run, start_probe(subject, probe))
        if before and not after:
            return refuse("a wait with a time limit does not end under faketime", "use another version of faketime")
        return judge(before, after, remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "take no seed or name from the clock, write no time into outputs (gzip: mtime=0; SOURCE_DATE_EPOCH)"
