"""Tells whether the order of hashed strings is fixed in this process, by effect."""

from __future__ import annotations

import os
import sys

import attrs

from appliance.processes.child import Command, run_captured

_PROBE = "repro-appliance/hash-probe/1"


@attrs.frozen(kw_only=True)
class HashSeed:
    """The hash seed of this process.

    `declared` is PYTHONHASHSEED as the environment now has it (None when absent); `fixed` says whether
    hashing really follows it: a value set after the interpreter has started does not count.
    """

    declared: str | None
    fixed: bool


def read_hash_seed() -> HashSeed:
    """Return the declared hash seed, compared with what this interpreter does.

    The seed 0 shows in `sys.flags.hash_randomization`. Any other integer does not, so a fresh interpreter
    hashes a fixed string under the declared seed (about 20 ms) for comparison.
    """
    declared = os.environ.get("PYTHONHASHSEED")
    if declared is None or not declared.isdecimal():
        return HashSeed(declared=declared, fixed=False)
    if int(declared) == 0 or not sys.flags.hash_randomization:
        return HashSeed(declared=declared, fixed=int(declared) == 0 and not sys.flags.hash_randomization)
    return HashSeed(declared=declared, fixed=_hash_afresh() == str(hash(_PROBE)))


def _hash_afresh() -> str:
    program = f"print(hash({_PROBE!r}))"
    return run_captured(Command(arguments=(sys.executable, "-S", "-c", program))).output.strip()
