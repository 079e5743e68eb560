"""The host certificate: every probe, and the strongest guarantee for which all probes passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.catalogue.table import find_check
from verify.conformance import arithmetic, products, rounding, runtime
from verify.conformance.operations import NUMPY, Operations
from verify.conformance.probe import TIERS, Probe, Tier
from verify.conformance.shapes import find_wrong_shape
from verify.conformance.words import describe_blas
from verify.digests import digest_json
from verify.errors import CouldNotJudgeError
from verify.host.libraries import describe_suspects
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from verify.conformance.shapes import ProductShape

SCHEMA = "repro-appliance/certificate/1"
_ALL: tuple[Tier, ...] = ("portable", "same instruction set")
_PORTABLE: tuple[Tier, ...] = ("portable",)
_FIXED: tuple[Tier, ...] = ("same instruction set",)
_REPEATS: tuple[Tier, ...] = ("same instruction set", "same machine")

PROBES: tuple[Probe, ...] = (
    Probe(id="C001", needed_for=_ALL, check=arithmetic.check_formats),
    Probe(id="C002", needed_for=_ALL, check=arithmetic.check_rounding),
    Probe(id="C003", needed_for=_ALL, check=arithmetic.check_subnormals),
    Probe(id="C004", needed_for=_ALL, check=arithmetic.check_subnormals_elsewhere),
    Probe(id="C005", needed_for=_ALL, check=arithmetic.check_contraction),
    Probe(id="C006", needed_for=_ALL, check=arithmetic.check_zeros),
    Probe(id="C007", needed_for=_ALL, check=arithmetic.check_conversions),
    Probe(id="C008", needed_for=_PORTABLE, check=products.check_products),
    Probe(id="C009", needed_for=_PORTABLE, check=products.check_threaded_products),
    Probe(id="C010", needed_for=_PORTABLE, check=products.check_sums),
    Probe(id="C011", needed_for=_PORTABLE, check=runtime.check_sorting),
    Probe(id="C012", needed_for=_PORTABLE, check=runtime.check_words),
    Probe(id="C013", needed_for=_FIXED, check=runtime.check_thread_control),
    Probe(id="C014", needed_for=_REPEATS, check=products.check_repeats),
    Probe(id="C015", needed_for=_FIXED, check=products.check_alignment),
    Probe(id="C016", needed_for=(), check=arithmetic.check_short_subnormals),
    Probe(id="C017", needed_for=_ALL, check=arithmetic.check_double_rounding),
    Probe(id="C018", needed_for=_ALL, check=rounding.check_many),
)
# These take longer than a few milliseconds.
_SLOW = ("C008", "C009", "C013")
# What a library can change by setting the control word of the processor.
_CONTROLLED = ("C002", "C003", "C004", "C005", "C006", "C017", "C018")


@attrs.frozen(kw_only=True)
class Certificate:
    """What holds on this host.

    Args:
        tier: the strongest guarantee for which every probe passed.
        results: one per probe; a probe that fails means that nothing can be judged here, not that a result differs.
        whole: whether all probes were made; False for the quick ones only.
    """

    tier: Tier
    results: tuple[Result, ...]
    whole: bool = True

    @property
    def digest(self) -> str:
        """What identifies the outcome: the digest of the tier and of every probe's status."""
        return digest_json({"schema": SCHEMA, "tier": self.tier, "probes": [[r.id, r.status] for r in self.results]})

    def require_portable(self) -> None:
        """Refuse a host that cannot give portable results.

        Raises:
            CouldNotJudgeError: a probe failed; the error is that of the first one.
        """
        if self.tier == "portable":
            return
        first = next(result for result in self.results if result.status == "could-not-judge")
        raise CouldNotJudgeError(
            "this host cannot give portable results",
            expected=f"{first.id} {first.expected}",
            found=first.found,
            remedy=first.remedy,
        )

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
        title=f"does not hold: {title}",
        status="could-not-judge" if "portable" in probe.needed_for else "info",
        expected=probe.title,
        found=found,
        where=describe_suspects() if probe.id in _CONTROLLED else None,
        remedy=probe.remedy,
    )


def _apply_shapes(shapes: Iterable[ProductShape], operations: Operations, moment: str) -> Result:
    check = find_check("C019")
    with np.errstate(all="ignore"):
        found = find_wrong_shape(operations, shapes)
    if found is None:
        return Result(id="C019", title=check.title + moment, status="pass")
    return Result(
        id="C019",
        title=f"does not hold: {check.title}{moment}",
        status="could-not-judge",
        expected=check.title,
        found=found,
        where=describe_blas(),
        remedy=check.remedy,
    )


def find_tier(failed: Iterable[str]) -> Tier:
    """Return the strongest guarantee that needs none of the failed probes, given by id."""
    lacking = frozenset(failed)
    lost = {tier for probe in PROBES if probe.id in lacking for tier in probe.needed_for}
    lost |= {"portable"} if "C019" in lacking else set()
    return next(tier for tier in TIERS if tier not in lost)


def certify(
    moment: str = "",
    *,
    operations: Operations = NUMPY,
    shapes: Sequence[ProductShape] = (),
    quick: bool = False,
) -> Certificate:
    """Make the probes on this host, in this process as it is now.

    Args:
        moment: added to the titles, to say when the probes were made.
        operations: what is tried; others than NumPy's only in negative controls.
        shapes: shapes and layouts of products that are about to be made, which are probed as well.
        quick: leave out the probes that take longer than a few milliseconds.
    """
    probes = [probe for probe in PROBES if not (quick and probe.id in _SLOW)]
    results = [_apply(probe, operations, moment) for probe in probes]
    if shapes:
        results.append(_apply_shapes(shapes, operations, moment))
    tier = find_tier(result.id for result in results if result.status != "pass")
    return Certificate(tier=tier, results=tuple(results), whole=not quick)
