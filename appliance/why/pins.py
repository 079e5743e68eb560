"""A program that differs from itself: one setting that makes it steady is the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.vary.axes import find_axis, make_change
from appliance.why.answer import Excluded, Finding, Proof

if TYPE_CHECKING:
    from appliance.why.experiments import Whole

_FREE, _PINNED = 5, 6
_PINS = (("hash-seed", "0"), ("memory", "85"), ("aslr", "fixed"), ("threads", "1"))
_WORDS = {
    "hash-seed": "Python hashes texts with a new random seed in every process",
    "memory": "memory that was never written holds other bytes in every run; filled with one value it is steady",
    "aslr": "memory addresses are random, and the result depends on them",
    "threads": "several threads work in an order that is not the same in every run; one thread is steady",
}


def explain_unsteady(whole: Whole, side: int) -> Finding:
    """Return the cause of a program that differs from itself in one and the same world.

    Args:
        whole: runs the program.
        side: which side differs from itself.
    """
    free = [whole.read(side, ()) for _ in range(_FREE)]
    results = len(set(free))
    what = f"run as it was, {_FREE} times"
    proof = [Proof(what=what, result=f"{results} different results: it differs from itself")]
    excluded = []
    for axis, value in _PINS:
        pinned = [whole.read(side, (), make_change(axis, value)) for _ in range(_PINNED if results > 2 else 2)]  # noqa: PLR2004
        if len(set(pinned)) > 1 or pinned[0] is None:
            excluded.append(Excluded(axis=axis, how=f"it still differs from itself with {axis}={value}"))
            continue
        if results <= 2:  # noqa: PLR2004 - then chance may have made the pinned runs equal
            excluded.append(Excluded(axis=axis, how="it differs from itself too seldom to be proved", tested=False))
            continue
        proof.append(Proof(what=f"run with {axis}={value}, {_PINNED} times", result="equal every time"))
        return Finding(
            cause=axis,
            mechanism=_WORDS[axis],
            values="not fixed on either side",
            proof=tuple(proof),
            excluded=tuple(excluded),
            remedy=find_axis(axis).advise(),
        )
    return Finding(
        mechanism="the program differs from itself in one world, and no setting was found that makes it steady",
        proof=tuple(proof),
        excluded=tuple(excluded),
    )
