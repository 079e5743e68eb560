"""The model: a step takes what a worker computes for its share, and the reductions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from delivery.scaling.networks import Network, reduce_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from delivery.scaling.counting import Message

_SMALL, _LARGE = "1024", "1048576"  # bytes of the reductions that give latency and time for a byte

# Stated, not measured here. A reduction takes as long per byte as an addition on the machine that was measured.
STATED: tuple[tuple[str, float, float, str], ...] = (
    ("Ethernet, 1 Gb/s", 50e-6, 8 / 1e9, "assumed: 50 us through TCP, and the rate of the line"),
    (
        "Ethernet, 40 Gb/s, past the kernel",
        1.93e-6,
        8 / 37.23e9,
        "1.93 us and 37.23 Gb/s with Open MPI 1.8.1: blogs.cisco.com/performance/mpi-over-40gb-ethernet",
    ),
    ("200 Gb/s", 1e-6, 8 / 200e9, "assumed: 1 us, and the rate of the line"),
)


@attrs.frozen(kw_only=True)
class Step:
    """What a step computes: seconds for each step, and for each sample of a share.

    Args:
        fixed: seconds that do not depend on the samples, such as those of updates and of integers.
        sample: seconds for each sample.
        whole: seconds for each sample of a step on a whole batch, and those that do not depend on it.
    """

    fixed: float
    sample: float
    whole: tuple[float, float]

    def compute(self, samples: int) -> float:
        """Return the seconds for a share of so many samples."""
        return self.fixed + self.sample * samples

    def compute_alone(self, samples: int) -> float:
        """Return the seconds for a whole batch in one process."""
        return self.whole[0] * samples + self.whole[1]


def fit_step(shares: Mapping[str, Any]) -> Step:
    """Return the step that fits measured shares: a line through them by least squares, not below zero."""
    batch = shares["batch"]
    points = [(-(-batch // int(workers)), seconds) for workers, seconds in shares["parts"].items()]
    sample, fixed = _fit_line(points)
    (small, first), (large, second) = ((int(size), seconds) for size, seconds in shares["whole"].items())
    slope = max((second - first) / (large - small), first / small / 4)
    return Step(fixed=fixed, sample=sample, whole=(slope, max(first - slope * small, 0.0)))


def _fit_line(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    count = len(points)
    x, y = sum(a for a, _ in points) / count, sum(b for _, b in points) / count
    spread = sum((a - x) ** 2 for a, _ in points)
    slope = sum((a - x) * (b - y) for a, b in points) / spread
    return slope, max(y - slope * x, 0.0)


def fit_network(name: str, reductions: Mapping[str, Mapping[str, float]]) -> Network:
    """Return the network that fits measured reductions of two workers in the memory of one machine."""
    latency, size = reductions[_SMALL]["seconds"], int(_LARGE)
    addition = reductions[_LARGE]["addition"] / size
    both = (reductions[_LARGE]["seconds"] - latency) / size
    source = "measured here with two workers"
    return Network(name=name, latency=latency, per_byte=max(both - addition, 0.0), per_addition=addition, source=source)


def list_networks(measured: Network) -> list[Network]:
    """Return the measured network and the stated ones."""
    others = [
        Network(name=name, latency=latency, per_byte=byte, per_addition=measured.per_addition, source=source)
        for name, latency, byte, source in STATED
    ]
    return [measured, *others]


def predict(share: float, messages: Sequence[Message], network: Network, workers: int) -> float:
    """Return the seconds of a step, from those that a worker computes."""
    return share + reduce_all(network, workers, messages)[0]


def scale(step: Step, messages: Sequence[Message], network: Network, workers: int, batch: int) -> dict[str, Any]:
    """Return seconds, speed-up over one process and efficiency, with a core for every worker."""
    seconds, names = reduce_all(network, workers, messages)
    total = step.compute(-(-batch // workers)) + seconds
    speed_up = step.compute_alone(batch) / total
    return {
        "seconds": total,
        "reductions": seconds,
        "speed_up": speed_up,
        "efficiency": speed_up / workers,
        "algorithms": list(names),
    }
