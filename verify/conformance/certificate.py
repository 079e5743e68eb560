"""The host certificate: every probe, and the strongest guarantee for which all probes passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.conformance import arithmetic, products, runtime
from verify.conformance.operations import NUMPY, Operations
from verify.conformance.probe import TIERS, Probe, Tier
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Check = Callable[[Operations], str | None]

SCHEMA = "repro-appliance/certificate/1"
_FPU = "find the library that changed the processor's state, or start without it"
_BLAS = "use another build of BLAS: this one rounds products that are exact"
_ALL: tuple[Tier, ...] = ("portable", "same instruction set")
_PORTABLE: tuple[Tier, ...] = ("portable",)
_FIXED: tuple[Tier, ...] = ("same instruction set",)


def _probe(number: int, title: str, check: Check, needed_for: tuple[Tier, ...], remedy: str) -> Probe:
    return Probe(id=f"C{number:03}", title=title, needed_for=needed_for, remedy=remedy, check=check)


PROBES: tuple[Probe, ...] = (
    _probe(1, "numbers are IEEE 754 binary32 and binary64", arithmetic.check_formats, _ALL, "use another machine"),
    _probe(2, "operations round to the nearest, ties to even", arithmetic.check_rounding, _ALL, _FPU),
    _probe(3, "subnormal numbers are kept", arithmetic.check_subnormals, _ALL, _FPU),
    _probe(4, "subnormal numbers are kept in a new thread", arithmetic.check_subnormals_elsewhere, _ALL, _FPU),
    _probe(5, "operations are neither fused nor wider than their format", arithmetic.check_contraction, _ALL, _FPU),
    _probe(6, "zeros have the signs that IEEE 754 gives them", arithmetic.check_zeros, _ALL, _FPU),
    _probe(7, "conversions between numbers are exact", arithmetic.check_conversions, _ALL, "use another NumPy"),
    _probe(8, "products on grids are exact, in every shape and layout", products.check_products, _PORTABLE, _BLAS),
    _probe(9, "products on grids are exact with all threads", products.check_threaded_products, _PORTABLE, _BLAS),
    _probe(10, "sums on grids are exact", products.check_sums, _PORTABLE, "use another NumPy"),
    _probe(11, "a stable order keeps ties in place", runtime.check_sorting, _PORTABLE, "use another NumPy"),
    _probe(12, "random words are those of Philox4x64-10", runtime.check_words, _PORTABLE, "use another NumPy"),
    _probe(
        13,
        "one thread means one thread",
        runtime.check_thread_control,
        _FIXED,
        "set OPENBLAS_NUM_THREADS=1 before the start; portable results do not depend on it",
    ),
    _probe(
        14,
        "plain products and sums repeat their bits",
        products.check_repeats,
        ("same instruction set", "same machine"),
        "use one thread, or --profile portable",
    ),
    _probe(
        15, "plain products do not depend on the address", products.check_alignment, _FIXED, "use --profile portable"
    ),
    _probe(
        16,
        "float32 vectors keep subnormal numbers",
        arithmetic.check_short_subnormals,
        (),
        "nothing to do: portable arithmetic does not use them; native arithmetic may differ from other machines",
    ),
    _probe(
        17,
        "float64 results are rounded once",
        arithmetic.check_double_rounding,
        _ALL,
        "start the program through its command, which sets an x87 to 53 bits, or use a 64-bit machine",
    ),
)


@attrs.frozen(kw_only=True)
class Certificate:
    """What holds on this host.

    Args:
        tier: the strongest guarantee for which every probe passed.
        results: one per probe; a probe that fails means that nothing can be judged here, not that a result differs.
    """

    tier: Tier
    results: tuple[Result, ...]

    def to_json(self) -> dict[str, Any]:
        """Return schema, tier and every probe as a JSON object."""
        return {"schema": SCHEMA, "tier": self.tier, "probes": [result.to_json() for result in self.results]}


def _apply(probe: Probe, operations: Operations, moment: str) -> Result:
    with np.errstate(all="ignore"):
        found = probe.check(operations)
    title = probe.title + moment
    if found is None:
        return Result(id=probe.id, title=title, status="pass")
    return Result(
        id=probe.id,
        title="does not hold: " + title,
        status="could-not-judge" if "portable" in probe.needed_for else "info",
        expected=probe.title,
        found=found,
        remedy=probe.remedy,
    )


def find_tier(failed: Iterable[str]) -> Tier:
    """Return the strongest guarantee that needs none of the failed probes, given by id."""
    lacking = frozenset(failed)
    lost = {tier for probe in PROBES if probe.id in lacking for tier in probe.needed_for}
    return next(tier for tier in TIERS if tier not in lost)


def certify(moment: str = "", *, operations: Operations = NUMPY) -> Certificate:
    """Make every probe on this host, in this process as it is now.

    Args:
        moment: added to the titles, to say when the probes were made.
        operations: what is tried; others than NumPy's only in negative controls.
    """
    results = tuple(_apply(probe, operations, moment) for probe in PROBES)
    return Certificate(tier=find_tier(result.id for result in results if result.status != "pass"), results=results)
