"""What the workers of one training have to agree on, and in which arithmetic they train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.bits import BITS_VERSION
from verify.errors import CouldNotJudgeError, UsageError
from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.config.schema import Config
    from appliance.numerics.exchange import Exchange


def require_shareable(profile: str) -> None:
    """Return if several workers can train in a profile.

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


def require_same_weights(exchange: Exchange, epoch: int, weights: str) -> None:
    """Return if all workers have the same weights after an epoch.

    Each makes the update by itself, so that one with other arithmetic, or with parts of a program that differ from
    worker to worker, would train another network.

    Raises:
        CouldNotJudgeError: they differ; it names worker and host.
    """
    try:
        exchange.compare({f"weights after epoch {epoch}": weights})
    except UsageError as error:
        raise CouldNotJudgeError(
            error.title,
            expected=error.expected,
            found=error.found,
            where=error.where,
            remedy="make parts of your own do the same on every worker; else try each host: repro-appliance certify",
        ) from error


def describe_workers(exchange: Exchange) -> dict[str, float]:
    """Return how many workers and hosts made a training, if there were several workers."""
    return {"workers": float(exchange.count), "hosts": float(exchange.hosts)} if exchange.count > 1 else {}
