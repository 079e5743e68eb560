"""How often functions of fingerprints miss a change: a table against changes on purpose."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.streams import draw_permutation, draw_uniform
from verify.rendering.tables import Table
from verify.tracing.fingerprints import FUNCTION, fingerprint_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Words = NDArray[np.uint32]
    Change = Callable[[Words, int], None]

_SIZE, _TRIALS = 4096, 1000
_ROW = 64
_SIGN = np.uint32(1 << 31)


@attrs.frozen(kw_only=True)
class MissRow:
    """How often one function did not see one change.

    Args:
        function: the function.
        change: what was changed in an array of float32.
        missed: how often the fingerprint stayed the same.
        trials: how often it was tried.
        ours: whether it is the function of traces.
    """

    function: str
    change: str
    missed: int
    trials: int
    ours: bool


def _pick(trial: int, count: int = _SIZE) -> NDArray[np.intp]:
    """Return two different numbers below `count`."""
    return draw_permutation(count, trial, "places")[:2]


def _add_ones(words: Words, trial: int) -> None:
    words[_pick(trial)] += np.uint32(1)


def _add_and_take(words: Words, trial: int) -> None:
    first, second = _pick(trial)
    words[first] += np.uint32(1)
    words[second] -= np.uint32(1)


def _flip_signs(words: Words, trial: int) -> None:
    words[_pick(trial)] ^= _SIGN


def _swap(words: Words, trial: int) -> None:
    first, second = _pick(trial)
    words[[first, second]] = words[[second, first]]


def _turn_rows(words: Words, trial: int) -> None:
    table = words.reshape(-1, _ROW)
    first, second = _pick(trial, len(table))
    table[[first, second]] = table[[second, first]]


CHANGES: dict[str, Change] = {
    "two elements +1 ulp": _add_ones,
    "one +1 ulp, one -1 ulp": _add_and_take,
    "two signs": _flip_signs,
    "two elements swapped": _swap,
    "two rows swapped": _turn_rows,
}


_SHORT = ("+1, +1 ulp", "+1, -1 ulp", "two signs", "swapped", "two rows")  # in the order of CHANGES


def _xor(words: Words) -> object:
    return int(np.bitwise_xor.reduce(words))


def _norm(words: Words) -> object:
    return float(np.add.reduce(np.abs(words.view(np.float32)), dtype=np.float64))


def _add_words(words: Words) -> object:
    return int(np.add.reduce(words.view(np.uint64)))


FUNCTIONS: dict[str, Callable[[Words], object]] = {
    "XOR of words": _xor,
    "L1 norm in float64": _norm,
    "sum of 64-bit words": _add_words,
    FUNCTION: lambda words: fingerprint_array(words.view(np.float32)),
    "SHA-256": lambda words: hashlib.sha256(words.tobytes()).digest(),
}


def measure_misses(trials: int = _TRIALS) -> tuple[MissRow, ...]:
    """Return how often every function misses every change, with random arrays of 4096 float32."""
    rows = []
    for change, apply in CHANGES.items():
        missed = dict.fromkeys(FUNCTIONS, 0)
        for trial in range(trials):
            values = 2 * draw_uniform(_SIZE, trial, change) - 1
            words = values.astype(np.float32).view(np.uint32)
            changed = words.copy()
            apply(changed, trial)
            for name, function in FUNCTIONS.items():
                missed[name] += function(words) == function(changed)
        rows += [
            MissRow(function=name, change=change, missed=count, trials=trials, ours=name == FUNCTION)
            for name, count in missed.items()
        ]
    return tuple(rows)


def tabulate_misses(rows: tuple[MissRow, ...], *, short: bool = False) -> Table:
    """Return the percentage of missed changes, one function a line; with short names of the changes for a terminal."""
    cells = {(row.function, row.change): f"{100 * row.missed / row.trials:.0f}" for row in rows}
    lines = [(name, *(cells[name, change] for change in CHANGES)) for name in FUNCTIONS] if rows else []
    names = _SHORT if short else tuple(CHANGES)
    return Table(columns=("missed, in percent", *names), rows=lines, right=frozenset(names))
