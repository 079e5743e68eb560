"""What the workers of one training have to agree on, and what several workers do not do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.bits import BITS_VERSION
from verify.errors import UsageError
from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.config.schema import Config
    from appliance.training.tracing import TrainingTrace


def require_shareable(profile: str, trace: TrainingTrace | None) -> None:
    """Return if several workers can make a training of this kind.

    Raises:
        UsageError: they cannot.
    """
    if profile != "portable":
        raise UsageError(
            "several workers train in portable arithmetic only",
            expected="the profile portable",
            found=profile,
            where="profile",
            remedy="one process without mpiexec: sums of plain NumPy depend on the number of workers",
        )
    if trace is not None and trace.records_steps:
        raise UsageError(
            "a trace of every step is recorded by one process",
            expected="--trace epoch, or a start without mpiexec",
            found="--trace step on several workers",
            where="trace",
            remedy="--trace epoch",
        )


def list_facts(config: Config, profile: str, micro_batches: int, digests: Mapping[str, str]) -> dict[str, str]:
    """Return what has to be the same on every worker, by name."""
    return {
        "program": __version__,
        "bits": str(BITS_VERSION),
        "profile": profile,
        "configuration": config.digest(),
        "micro-batches": str(micro_batches),
        "data": digests["dataset"],
        "initial weights": digests["initial_weights"],
    }
