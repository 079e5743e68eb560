"""The axis `affinity`: on which processors the program may run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, refuse_without_tool, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_PROBE = "import os; print(*sorted(os.sched_getaffinity(0)))"


class Affinity:
    """Binds the child to some processors with taskset; many libraries size their pools by this."""

    name = "affinity"
    title = "processors that the program may use"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return the first processor that this process may use."""
        if not hasattr(os, "sched_getaffinity"):
            return (AS_IT_IS, "0")
        return (AS_IT_IS, str(min(os.sched_getaffinity(0))))

    def apply(self, value: str, launch: Launch) -> Launch:
        """Put taskset before the command; the value is a list in its form, such as 0 or 0-3."""
        if value == AS_IT_IS:
            return launch
        return attrs.evolve(launch, prefix=(*launch.prefix, "taskset", "-c", value))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the processors that the child may use."""
        remedy = "start it where the program may use at least two processors"
        lacking = refuse_without_tool("taskset", "util-linux")
        return lacking or compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return (
            "fix the number of threads (OMP_NUM_THREADS, OPENBLAS_NUM_THREADS): else it is taken from the affinity;"
            " if the program itself divides its work by the number of processors, give it a fixed number of parts"
        )
