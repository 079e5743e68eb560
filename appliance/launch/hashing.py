"""Tells whether the order of hashed strings is fixed in this process, by effect."""

from __future__ import annotations

import os
import sys

import attrs

from appliance.processes.captured import run_captured
from appliance.processes.child import Command

_PROBE = "repro-appliance/hash-probe/1"


@attrs.frozen(kw_only=True)
class HashSeed:
    """The hash seed of this process.

    Args:
        declared: PYTHONHASHSEED in the environment; None if it is not set.
        fixed: whether hashing follows it; a value that was set after the interpreter started has no effect.
    """

    declared: str | None
    fixed: bool


def read_hash_seed() -> HashSeed:
    """Return the declared hash seed, and whether this interpreter uses it.

    `sys.flags.hash_randomization` shows the seed 0. It does not show other integers, so for these a new interpreter
    with the declared seed hashes a fixed string for comparison, in about 20 ms.
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
