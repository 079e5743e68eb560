"""The axis `memory`: what fresh memory contains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, judge, look_twice, refuse, refuse_other_library, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_TUNABLES, _NO_CACHE = "GLIBC_TUNABLES", "glibc.malloc.tcache_count=0"
_PROBE = """
import ctypes
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
blocks = [ctypes.string_at(library.malloc(size), size)[32:-32] for size in (600, 5000, 40000, 1 << 20)]
values = set(b"".join(blocks))
print("every byte of fresh blocks is %d" % values.pop() if len(values) == 1 else "fresh blocks hold several values")
"""


class Memory:
    """Lets glibc fill what malloc returns; reads fresh blocks in the child."""

    name = "memory"
    title = "contents of fresh memory"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return two fillings: malloc fills with the complement of the number."""
        return (AS_IT_IS, "85", "192")

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set MALLOC_PERTURB_, and switch off the cache of small blocks, which are returned unfilled."""
        if value == AS_IT_IS:
            return launch
        given = launch.environment.get(_TUNABLES)
        variables = {"MALLOC_PERTURB_": value, _TUNABLES: f"{given}:{_NO_CACHE}" if given else _NO_CACHE}
        return attrs.evolve(launch, environment=launch.environment | variables)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the contents of fresh blocks in the child."""
        remedy = "use a program with glibc's malloc (not musl, jemalloc or tcmalloc), and a number from 1 to 255"
        other = refuse_other_library(subject)
        if other is not None:
            return other
        before, after = look_twice(self, value, subject, run, start_probe(subject, _PROBE))
        if after and not (value.isdecimal() and after.endswith(f" is {int(value) % 256 ^ 255}")):
            return refuse("the blocks that malloc returned are not filled", remedy, found=after)
        return judge(before, after, remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "write every element before it is read: np.zeros in the place of np.empty, calloc in the place of malloc"
