"""The axis `threads`: how many threads the pools of BLAS and OpenMP have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from appliance.launch.variables import THREAD_VARIABLES
from appliance.vary.axes.libraries import start_reading
from appliance.vary.axes.probing import AS_IT_IS, judge, look_twice, refuse

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject


class Threads:
    """Sets the variables of OpenBLAS, OpenMP, MKL, BLIS, Accelerate and numexpr; reads the pools of the child."""

    name = "threads"
    title = "number of threads of BLAS and OpenMP"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:
        """Return one and two threads, without the number that the baseline has."""
        found = {str(entry.get("num_threads")) for entry in subject.blas} or {str(os.cpu_count())}
        return (AS_IT_IS, *(value for value in ("1", "2") if {value} != found))

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set every variable to the same number; OpenMP must not choose fewer."""
        if value == AS_IT_IS:
            return launch
        variables = dict.fromkeys(THREAD_VARIABLES, value) | {"OMP_DYNAMIC": "FALSE", "MKL_DYNAMIC": "FALSE"}
        return attrs.evolve(launch, environment=launch.environment | variables)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the sizes of the pools in the child."""
        before, after = look_twice(self, value, subject, run, start_reading(subject, "threads"))
        remedy = "use more processors, or a NumPy with OpenBLAS, MKL or BLIS"
        if not before:
            return refuse("no library with a pool of threads was found in the child", remedy)
        return judge(before, after, remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "set OPENBLAS_NUM_THREADS=1, OMP_NUM_THREADS=1 and MKL_NUM_THREADS=1 before the program starts"
