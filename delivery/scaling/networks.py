"""How long a reduction over all workers takes, by three algorithms, on some networks.

A message of n bytes takes `latency + n * per_byte`; adding n bytes takes `n * per_addition`. For p workers:

* recursive doubling: ceil(log2 p) times all n bytes, and one more exchange each way where p is no power of two;
* Rabenseifner: halving and then doubling, 2 * floor(log2 p) messages that carry 2 * (p - 1) / p * n bytes together;
* ring: 2 * (p - 1) messages that carry as much.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from delivery.scaling.counting import Message


@attrs.frozen(kw_only=True)
class Network:
    """What connects workers.

    Args:
        name: in words.
        latency: seconds of a message without contents.
        per_byte: seconds for each byte of a message.
        per_addition: seconds for each byte of numbers that are added or compared.
        source: where latency and per_byte come from.
    """

    name: str
    latency: float
    per_byte: float
    per_addition: float
    source: str


def double_recursively(network: Network, workers: int, size: int) -> float:
    """Return the seconds of a reduction by recursive doubling."""
    rounds = math.ceil(math.log2(workers)) if workers > 1 else 0
    message = network.latency + size * network.per_byte
    uneven = 0.0 if workers & (workers - 1) == 0 else message
    return rounds * (message + size * network.per_addition) + uneven


def halve_and_double(network: Network, workers: int, size: int) -> float:
    """Return the seconds of a reduction by Rabenseifner's algorithm."""
    whole = 1 << int(math.log2(workers))
    rounds, share = 2 * int(math.log2(workers)), (whole - 1) / whole * size
    even = rounds * network.latency + share * (2 * network.per_byte + network.per_addition)
    uneven = 2 * (network.latency + size * network.per_byte) + size * network.per_addition
    return even if whole == workers else even + uneven


def go_round(network: Network, workers: int, size: int) -> float:
    """Return the seconds of a reduction along a ring."""
    share = (workers - 1) / workers * size
    return 2 * (workers - 1) * network.latency + share * (2 * network.per_byte + network.per_addition)


ALGORITHMS = {"recursive doubling": double_recursively, "Rabenseifner": halve_and_double, "ring": go_round}


def reduce_all(network: Network, workers: int, messages: Sequence[Message]) -> tuple[float, tuple[str, ...]]:
    """Return the seconds of all reductions of a step, each by the fastest algorithm, and the names of these."""
    if workers == 1:
        return 0.0, ()
    total, names = 0.0, dict[str, None]()
    for message in messages:
        times = {name: find(network, workers, message.size) for name, find in ALGORITHMS.items()}
        best = min(times, key=lambda name: times[name])
        total += times[best]
        names[best] = None
    return total, tuple(names)
