"""The axis `environment-size`: how much the variables take at the foot of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, judge, look_twice, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_VARIABLE = "REPRO_APPLIANCE_PADDING"
_LARGEST = 100_000  # bytes of one variable; Linux allows 128 KiB
_PROBE = "import os; print('bytes of variables:', sum(len(n) + len(t) + 2 for n, t in os.environb.items()))"


class EnvironmentSize:
    """Adds a variable of some length, which moves the stack and the alignment of what lies on it."""

    name = "environment-size"
    title = "size of the environment variables"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return an odd number of bytes, and many."""
        return (AS_IT_IS, "13", "8200")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Add the variable; what is no number of bytes changes nothing."""
        if not value.isdecimal() or int(value) > _LARGEST:
            return launch
        return attrs.evolve(launch, environment=launch.environment | {_VARIABLE: "x" * int(value)})

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the bytes of all variables in the child."""
        before, after = look_twice(self, value, subject, run, start_probe(subject, _PROBE))
        return judge(before, after, remedy=f"give a number of bytes up to {_LARGEST}")

    def advise(self) -> str:
        """Return what helps."""
        return (
            "look for memory that is read before it is written, and for sums that depend on the alignment of an array"
        )
