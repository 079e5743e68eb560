"""Seeds derived from seeds: one configuration seed fixes every other.

The cascade has two steps. A configuration has one seed. Random draws inside a run come from the streams of
`appliance.streams`, keyed by (seed, name, indices): "data", "init", "shuffle" by epoch. Whole runs
that need a seed of their own, such as the k-th seed of a benchmark, get one here, keyed by (seed, path). No key
depends on what was drawn before, so leaving a part out never shifts another.
"""

from __future__ import annotations

import hashlib
import operator
from typing import SupportsIndex

from verify.digests import format_canonical

_DOMAIN = "repro-appliance/seed/1"


def to_plain_key(*parts: SupportsIndex | str) -> list[int | str]:
    """Return the parts of a key with integers of NumPy as those of Python.

    Raises:
        TypeError: a part is neither an integer nor a text.
    """
    return [part if isinstance(part, str | int) else operator.index(part) for part in parts]


def derive_seed(seed: int, *path: str | int) -> int:
    """Return the seed at `path` under `seed`, in [0, 2**63).

    It is the first 8 bytes, big-endian, of the SHA-256 of the canonical JSON `["repro-appliance/seed/1",
    seed, *path]`, without the lowest bit. The path elements "1" and 1 give different seeds.

    >>> derive_seed(1, "fold", 3)
    8288277775312520112
    """
    text = format_canonical([_DOMAIN, *to_plain_key(seed, *path)])
    return int.from_bytes(hashlib.sha256(text.encode("ascii")).digest()[:8], "big") >> 1


def derive_benchmark_seed(seed: int, index: int) -> int:
    """Return the seed of a benchmark's run `index`: the configuration's own for 0, a derived one after."""
    return seed if index == 0 else derive_seed(seed, "benchmark", index)
