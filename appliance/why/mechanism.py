"""How a cause acts, in words, with measurements in both worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from verify.files.arrays import list_arrays, load_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.axis import Launch
    from appliance.why.alone import Operation
    from appliance.why.states import Setup
    from verify.judging.arrays import ArrayDifference

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
    """Return the mechanism in words and its measurements; no words where it is not known.

    Args:
        operation: the operation at the origin.
        worlds: that of each side.
        element: the first element that differs.
    """
    stage = operation.event.stage.partition("@")[0].rpartition(".")[2]
    if stage in _SORTS:
        return _explain_ties(operation)
    shapes = [tensor.shape for tensor in operation.event.outputs[:1]]
    index = list(element.index) if element is not None and element.index else [0 for shape in shapes for _ in shape]
    found = [operation.ask("summation.py", {"index": index}, one.setup, one.change) for one in worlds]
    if all("length" in one for one in found):
        return explain_sums(found)
    if stage in _FUNCTIONS and element is not None:
        text = f"the two worlds have different code for {stage}, and its last digits are not the same"
        return f"{text}: {element.differing} of {element.elements} values differ, by at most {element.largest} ulp", ()
    return "", ()


def explain_sums(found: list[dict[str, Any]]) -> tuple[str, tuple[Evidence, ...]]:
    """Return in what the additions of two worlds are unlike; nothing where they are alike."""
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
        return "", ()
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
