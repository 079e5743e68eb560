"""How a cause acts, in words, with measurements in both worlds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.processes.child import Children, Limits
from appliance.vary.axis import Launch
from appliance.vary.launching import make_command
from appliance.why import operation as child_program
from appliance.why import summation
from appliance.why.alone import stage_child
from appliance.why.programs import MARK
from appliance.why.states import apply_setup
from verify.files.arrays import list_arrays, load_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.why.alone import Operation
    from appliance.why.states import Setup
    from verify.judging.arrays import ArrayDifference

_SECONDS = 120.0
_SORTS = ("sort", "argsort", "lexsort", "argpartition", "partition", "unique")
_FUNCTIONS = (
    "exp exp2 expm1 log log2 log10 log1p sin cos tan tanh sinh cosh arcsin arccos arctan power sqrt cbrt erf".split()
)
_SHOWN = 6


@attrs.frozen(kw_only=True)
class Evidence:
    """One measurement in both worlds.

    Args:
        what: what was measured.
        a: in the world of the first side.
        b: in the world of the second.
    """

    what: str
    a: str
    b: str


@attrs.frozen(kw_only=True)
class World:
    """A world in which an operation is measured: a setup and a change of the launch."""

    setup: Setup
    change: Callable[[Launch], Launch] | None = None


def measure(
    operation: Operation, worlds: tuple[World, World], element: ArrayDifference | None
) -> tuple[str, tuple[Evidence, ...]]:
    """Return the mechanism in words and its measurements.

    Args:
        operation: the operation at the origin.
        worlds: that of each side.
        element: the first element that differs.
    """
    stage = operation.event.stage.partition("@")[0].rpartition(".")[2]
    if stage in _SORTS:
        return _explain_ties(operation)
    index = list(element.index or ()) if element is not None else []
    found = [_probe(operation, world, index) for world in worlds]
    if all("length" in one for one in found):
        return _explain_sums(found)
    if stage in _FUNCTIONS and element is not None:
        text = f"the two worlds have different code for {stage}, and its last digits are not the same"
        return f"{text}: {element.differing} of {element.elements} values differ, by at most {element.largest} ulp", ()
    return "the operation gives other bits in this world", ()


def _probe(operation: Operation, world: World, index: list[int]) -> dict[str, Any]:
    """Run the probe of additions in a world; nothing where it does not apply."""
    room = operation.scratch / "summation"
    room.mkdir(parents=True, exist_ok=True)
    child = operation.scratch / "child"
    stage_child(child, Path(child_program.__file__))
    program = stage_child(child, Path(summation.__file__))
    specification = room / "specification.json"
    inputs = [{"name": one.name, "dtype": one.dtype, "value": one.value} for one in operation.event.inputs or ()]
    if operation.way == "method":
        inputs.append({"name": "method", "dtype": "str", "value": operation.event.stage.rpartition(".")[2]})
    wanted = {
        "stage": operation.event.stage,
        "operands": str(operation.operands),
        "inputs": inputs,
        "way": operation.way,
        "index": index,
    }
    specification.write_text(json.dumps(wanted), encoding="utf-8")
    command = ("python", str(program), str(specification))
    launch = apply_setup(world.setup, Launch(command=command, environment=dict(operation.environment), directory=room))
    launch = world.change(launch) if world.change is not None else launch
    started = make_command(launch, (), room / "startup", (MARK, operation.scratch.name))
    outcome = Children().run(started, room, Limits(seconds=_SECONDS))
    try:
        answer: dict[str, Any] = json.loads(outcome.output.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return answer


def _explain_sums(found: list[dict[str, Any]]) -> tuple[str, tuple[Evidence, ...]]:
    trees = [dict(map(tuple, one["tree"])) for one in found]
    length = found[0]["length"]
    unlike = [place for place in trees[0] if trees[0][place] != trees[1].get(place)]
    fused = [one["fma"] for one in found]
    evidence, words = [], []
    if unlike:
        places = unlike[:_SHOWN]
        rows = [", ".join(f"{place}: {tree[place]}" for place in places) for tree in trees]
        what = f"terms in the smallest partial sum that holds term 0 and another one, of {length} terms"
        evidence.append(Evidence(what=what, a=rows[0], b=rows[1]))
        words.append(f"the two worlds add the {length} terms in another order (another tree of additions)")
    if fused[0] is not None and fused[0] != fused[1]:
        names = ["fused" if one else "rounded before it is added" for one in fused]
        evidence.append(Evidence(what="a product in the sum", a=names[0], b=names[1]))
        words.append("one world has a fused multiply-add, the other rounds each product")
    if not words:
        return (
            "the operation gives other bits in this world; the order of the additions that were probed is the same",
            (),
        )
    return "; ".join(words), tuple(evidence)


def _explain_ties(operation: Operation) -> tuple[str, tuple[Evidence, ...]]:
    """Return whether equal keys explain another order."""
    for name in list_arrays(operation.operands):
        array = load_array(operation.operands, name)
        if name.startswith("in.") and array.ndim and array.size > 1:
            distinct = len({element.tobytes() for element in array.reshape(-1)})
            if distinct < array.size:
                text = f"the sort is not stable: {array.size} keys have only {distinct} values"
                return f"{text}, and equal keys come in another order", ()
    return "the sort gives another order", ()
