"""The axis `user`: under which user the program runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, refuse, start_probe, works

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_PROBE = "import os; print('user', os.getuid(), 'group', os.getgid())"
_NAMES = ("USER", "LOGNAME", "USERNAME")


class User:
    """Gives the child another number in a user namespace, or as root with setpriv; reads it there."""

    name = "user"
    title = "user and group"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return a number that no user has."""
        return (AS_IT_IS, "12345")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Put unshare or setpriv before the command; in the namespace files stay accessible as before."""
        if value == AS_IT_IS:
            return launch
        named = {name: f"user{value}" for name in _NAMES if name in launch.environment}
        prefix = (*launch.prefix, *_choose_tool(value))
        return attrs.evolve(launch, prefix=prefix, environment=launch.environment | named)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the numbers of user and group in the child."""
        remedy = "allow user namespaces, or start it as root, with util-linux; give the number of a user"
        if not _choose_tool(value):
            return refuse("the user cannot be changed here: neither unshare --user nor setpriv works", remedy)
        return compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "do not let names, paths or permissions of the user enter the results (archives: --owner=0 --group=0)"


def _choose_tool(value: str) -> tuple[str, ...]:
    """Return the program that changes the user here; empty if none works."""
    namespace = ("unshare", "--user", f"--map-user={value}", f"--map-group={value}", "--")
    real = ("setpriv", f"--reuid={value}", f"--regid={value}", "--clear-groups", "--")
    if works(*namespace):
        return namespace
    return real if hasattr(os, "geteuid") and os.geteuid() == 0 and works(*real) else ()
