"""The world of one side as states of axes: which variables, interpreter and control word it has for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes import AXES
from verify.tracing.world import NAMES, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from appliance.vary.axis import Launch

_ON = "flush-to-zero"
_WHOLE: Mapping[str, str] = {
    "GLIBC_TUNABLES": "libm",
    "LANG": "locale",
    "LOCPATH": "locale",
    "LD_PRELOAD": "preloaded-library",
    "PYTHONHASHSEED": "hash-seed",
    "TZ": "timezone",
}
_BEGIN: tuple[tuple[str, str], ...] = (
    ("OMP_", "threads"),
    ("KMP_", "threads"),
    ("NUMEXPR_", "threads"),
    ("VECLIB_", "threads"),
    ("OPENBLAS_", "kernel"),
    ("MKL_", "kernel"),
    ("BLIS_", "kernel"),
    ("GOTO_", "kernel"),
    ("DNNL_", "kernel"),
    ("ONEDNN_", "kernel"),
    ("NPY_", "simd"),
    ("ATEN_", "simd"),
    ("MALLOC_", "memory"),
    ("LC_", "locale"),
)
_THREADS = ("THREADS", "DYNAMIC")


@attrs.frozen(kw_only=True)
class State:
    """One axis as a side has it.

    Args:
        variables: the variables that belong to the axis; empty where none is set.
        applied: the value of the axis in `vary`, where no variable makes it.
        interpreter: the program that runs the command; "" where the axis is another one.
    """

    variables: tuple[tuple[str, str], ...] = ()
    applied: str = ""
    interpreter: str = ""

    def __str__(self) -> str:
        words = [f"{name}={value}" for name, value in self.variables]
        return " ".join([*words, self.applied, self.interpreter]).strip() or "not set"


Setup = dict[str, State]
"""The state of every axis; an axis that is not in it is as it is here."""


def find_axis(variable: str) -> str:
    """Return the axis to which an environment variable belongs."""
    if variable in _WHOLE:
        return _WHOLE[variable]
    if any(word in variable for word in _THREADS):
        return "threads"
    return next(axis for prefix, axis in _BEGIN if variable.startswith(prefix))


def read_setup(variables: Mapping[str, str], world: Mapping[str, Any], interpreter: str) -> Setup:
    """Return the states of a traced program.

    Args:
        variables: the recorded variables that name a world.
        world: what the program's process read back.
        interpreter: the first word of its command.
    """
    grouped: dict[str, list[tuple[str, str]]] = {}
    for name, value in sorted(variables.items()):
        if name == "LD_PRELOAD":  # a trace may come from anybody: no library that it names is loaded
            continue
        if name == "GLIBC_TUNABLES":
            for axis, text in _divide(value):
                grouped.setdefault(axis, []).append((name, text))
        else:
            grouped.setdefault(find_axis(name), []).append((name, value))
    setup = {axis: State(variables=tuple(rows)) for axis, rows in grouped.items()}
    if world.get("flush_to_zero") is True:
        setup["ftz"] = State(applied=_ON)
    if interpreter:
        setup["numpy"] = State(interpreter=interpreter)
    return setup


def divide_command(command: Sequence[str]) -> tuple[Setup, tuple[str, ...]]:
    """Return the states that programs before the command make, and the command without them."""
    words, setup = list(command), dict[str, State]()
    while words:
        if words[0].endswith("taskset") and words[1:2] == ["-c"]:
            setup["affinity"] = State(applied=words[2])
            del words[:3]
        elif words[0].endswith("setarch") and words[1:2] == ["-R"]:
            setup["aslr"] = State(applied="fixed")
            del words[:2]
        else:
            break
    return setup, tuple(words)


def _divide(tunables: str) -> Iterable[tuple[str, str]]:
    """Yield the parts of GLIBC_TUNABLES with their axes: those of malloc belong to memory."""
    parts = tunables.split(":")
    for axis, chosen in (
        ("memory", [part for part in parts if part.startswith("glibc.malloc")]),
        ("libm", [part for part in parts if not part.startswith("glibc.malloc")]),
    ):
        if chosen:
            yield axis, ":".join(chosen)


def list_different(a: Setup, b: Setup) -> list[str]:
    """Return the axes of which two setups have other states, in the order of `vary`'s table."""
    order = [axis.name for axis in AXES]
    names = [name for name in {**a, **b} if a.get(name, State()) != b.get(name, State())]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def replace_states(base: Setup, other: Setup, axes: Iterable[str]) -> Setup:
    """Return a setup with the states that another one has for some axes."""
    return {**base, **{name: other.get(name, State()) for name in axes}}


def is_world_variable(name: str) -> bool:
    """Tell whether a variable names a world, so that traces record it."""
    return name in NAMES or name.startswith(PREFIXES)


def apply_setup(setup: Setup, launch: Launch) -> Launch:
    """Return a launch in which every axis has the state of a setup.

    Args:
        setup: the states; variables that name a world and are not in it are removed.
        launch: how the program is started here.
    """
    environment = {name: value for name, value in launch.environment.items() if not is_world_variable(name)}
    tunables: list[str] = []
    for state in setup.values():
        for name, value in state.variables:
            if name == "GLIBC_TUNABLES":
                tunables.append(value)
            else:
                environment[name] = value
    if tunables:
        environment["GLIBC_TUNABLES"] = ":".join(sorted(tunables))
    launch = attrs.evolve(launch, environment=environment)
    for axis in AXES:
        known = setup.get(axis.name, State())
        if known.interpreter:
            launch = attrs.evolve(launch, command=(known.interpreter, *launch.command[1:]))
        if known.applied:
            launch = axis.apply(known.applied, launch)
    return launch
