"""The axis `umask`: permissions of new files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_PROBE = "import os; print('umask %03o' % os.umask(0))"


class Umask:
    """Sets the child's umask; reads it there."""

    name = "umask"
    title = "permissions of new files (umask)"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return a strict and an open one, in octal."""
        return (AS_IT_IS, "077", "002")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Give the child this umask; what is no octal number changes nothing."""
        if value == AS_IT_IS or set(value) - set("01234567"):
            return launch
        return attrs.evolve(launch, umask=int(value, 8))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the umask in the child."""
        probe = start_probe(subject, _PROBE)
        return compare(self, value, subject, run, probe, remedy="give an octal number other than the umask in use")

    def advise(self) -> str:
        """Return what helps."""
        return "set the permissions of outputs and archive members (os.chmod), do not take them from the umask"
