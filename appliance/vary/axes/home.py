"""The axis `home`: the user's home directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_MISSING = "/nonexistent"
_INSIDE = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_PROBE = "import os; print('home', os.path.expanduser('~'), *[os.environ.get(name, '-') for name in {names}])"


class Home:
    """Sets HOME to a directory that does not exist, as build services do; reads it in the child."""

    name = "home"
    title = "home directory with its settings and caches"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return a home that does not exist."""
        return (AS_IT_IS, _MISSING)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set HOME, and drop the variables that name directories inside the home."""
        if value == AS_IT_IS:
            return launch
        kept = {name: text for name, text in launch.environment.items() if name not in _INSIDE}
        return attrs.evolve(launch, environment=kept | {"HOME": value})

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the home that the child finds."""
        probe = start_probe(subject, _PROBE.format(names=_INSIDE))
        return compare(self, value, subject, run, probe, remedy="give a directory other than the present home")

    def advise(self) -> str:
        """Return what helps."""
        return (
            "give settings as arguments or files beside the program; read no settings or caches from the home directory"
        )
