"""The axis `hostname`: the name of the machine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, refuse, start_probe, works
from appliance.vary.axes.user_spaces import OWN_SPACE, give_up_rights

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_PROBE = "import socket; print('host', socket.gethostname())"
_RENAME = "import os, socket, sys; socket.sethostname(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])"
_AS_ROOT = ("unshare", "--uts", "--")
_AS_USER = (*OWN_SPACE, *_AS_ROOT[1:])


class Hostname:
    """Gives the child a name of the machine of its own; reads it there."""

    name = "hostname"
    title = "name of the machine"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return another name."""
        return (AS_IT_IS, "another-host")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Put unshare before the command, and a Python that sets the name and becomes the command."""
        if value == AS_IT_IS:
            return launch
        named = {"HOSTNAME": value} if "HOSTNAME" in launch.environment else {}
        rename = (sys.executable, "-I", "-S", "-c", _RENAME, value)
        space = _AS_ROOT if works(*_AS_ROOT) else _AS_USER
        prefix = (*launch.prefix, *space, *rename, *give_up_rights(space))
        return attrs.evolve(launch, prefix=prefix, environment=launch.environment | named)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the name in the child."""
        remedy = "allow user namespaces, or start it as root, with util-linux"
        if not works(*_AS_ROOT) and not works(*_AS_USER, *give_up_rights(_AS_USER)):
            return refuse("the name cannot be changed here: unshare --uts does not work", remedy)
        return compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "write no name of the machine into results, and take no seed from it (uuid.uuid1 contains the machine)"
