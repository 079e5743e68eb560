"""The axis `aslr`: whether memory addresses are random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import look_twice, refuse, start_probe, works
from appliance.vary.axis import Proof

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Subject

_FIXED, _RANDOM = "fixed", "random"
_TOOL = ("setarch", "-R")
_PROBE = """
with open("/proc/self/stat") as file:
    print("stack at", file.read().rpartition(")")[2].split()[25])
"""


class Aslr:
    """Fixes addresses in the baseline with setarch, because with random ones no run is like another."""

    name = "aslr"
    title = "random memory addresses"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return fixed addresses, then random ones."""
        return (_FIXED, _RANDOM)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Put setarch before the command, where it is allowed."""
        if value != _FIXED or not works(*_TOOL):
            return launch
        return attrs.evolve(launch, prefix=(*launch.prefix, *_TOOL))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the address of the stack in two children of each kind."""
        remedy = "install util-linux, and allow the system call personality in the container"
        if not works(*_TOOL):
            return refuse("addresses cannot be fixed here: setarch -R does not work", remedy)
        probe = start_probe(subject, _PROBE)
        first, second = (look_twice(self, value, subject, run, probe) for _ in range(2))
        if not first[0] or first[0] != second[0]:
            return refuse("addresses are not fixed by setarch -R", remedy, found=first[0])
        if not first[1] or first[1] == second[1]:
            return refuse(
                "addresses are the same in two children", "set kernel.randomize_va_space to 2", found=first[1]
            )
        return Proof(effective=True, found=f"{first[1]}, then {second[1]}")

    def advise(self) -> str:
        """Return what helps."""
        return "do not sort, hash or compare by id() or by an address; start it with setarch -R to confirm"
