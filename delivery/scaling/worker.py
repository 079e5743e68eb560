"""One worker of a measurement: mpiexec -n N python -m delivery.scaling.worker PART NAME... prints one JSON object.

PART is "steps" (seconds and bytes of a training step of each configuration), "reductions" (seconds of reductions of
some sizes), "floats" (digests of weights after an epoch of plain NumPy, whose gradients are added as floating-point
numbers by MPI), "beside" (seconds that workers compute who do not wait for each other) or, without mpiexec, "shares"
(seconds that one of several workers computes alone). With --precedence before it, processes ask the system for the
highest weight, so that other work of the machine disturbs them less.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.config import load_config
from appliance.data import load_dataset
from appliance.launch.started import find_started
from appliance.training.loop import Training
from appliance.workers.opening import open_exchange
from delivery.scaling.counting import Counting, Silent
from verify.digests import digest_arrays
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config.schema import Config
    from appliance.data.dataset import Dataset
    from appliance.layers.terms import Term, Total
    from appliance.numerics.exchange import Exchange

HERE = Path(__file__).parent
SIZES = tuple(4**power for power in range(3, 12))  # bytes, up to 4 MiB
_WARM, _BLOCKS, _BLOCK = 3, 7, 0.1  # steps before the clock runs; blocks of steps, each of so many seconds
_REPEATS = 30
_WORKERS = (2, 3, 4, 8, 16, 32)


def find_config(name: str) -> Config:
    """Return a configuration that ships, or one that lies beside this file; it trains as long as it is asked."""
    own = HERE / f"{name}.toml"
    return load_config(own if own.is_file() else name, overrides=("training.epochs=1000",))


def measure_steps(names: Sequence[str], exchange: Exchange) -> dict[str, Any]:
    """Return seconds and reductions of a step of each configuration."""
    found = {}
    for name in names:
        config = find_config(name)
        data = load_dataset(config.data, config.seed, None)
        counting = Counting(exchange)
        seconds, steps = time_steps(config, data, counting)
        messages = [attrs.astuple(message) for message in counting.messages[: len(counting.messages) // steps]]
        found[name] = {"seconds": seconds, "messages": messages if exchange.count > 1 else []}
    return found


def time_steps(config: Config, data: Dataset, exchange: Exchange) -> tuple[list[float], int]:
    """Return the seconds of a step in each block, and the number of steps; blocks end before the epoch does."""
    count = len(data.train_labels) // config.training.batch_size
    steps = Training(config, data, portable=True, exchange=exchange).steps()
    next(islice(steps, _WARM - 1, None))
    begun = time.perf_counter()
    next(steps)
    one = exchange.agree(round(1e9 * (time.perf_counter() - begun))) / 1e9
    size = max(1, min(round(_BLOCK / one), (count - _WARM - 2) // _BLOCKS))
    seconds = []
    for _ in range(_BLOCKS):
        begun = time.perf_counter()
        next(islice(steps, size - 1, None))
        seconds.append((time.perf_counter() - begun) / size)
    return seconds, _WARM + 1 + _BLOCKS * size


def measure_shares(names: Sequence[str]) -> dict[str, Any]:
    """Return the seconds of a step on a whole batch, by its samples, and of a share of it, by the number of workers."""
    found: dict[str, Any] = {}
    for name in names:
        config = find_config(name)
        data = load_dataset(config.data, config.seed, None)
        batch = config.training.batch_size
        whole = {str(size): _time_best(_resize(config, size), data, 1) for size in (batch, 2 * batch)}
        parts = {str(workers): _time_best(config, data, workers) for workers in _WORKERS if workers <= batch}
        found[name] = {"batch": batch, "whole": whole, "parts": parts}
    return found


def measure_beside(names: Sequence[str], exchange: Exchange) -> dict[str, float]:
    """Return the seconds of a share of each configuration while all workers compute theirs, without reductions."""
    found = {}
    for name in names:
        config = find_config(name)
        data = load_dataset(config.data, config.seed, None)
        exchange.agree(0)
        seconds, _ = time_steps(config, data, Silent(exchange.count))
        found[name] = exchange.agree(round(1e9 * min(seconds))) / 1e9
    return found


def _resize(config: Config, size: int) -> Config:
    return attrs.evolve(config, training=attrs.evolve(config.training, batch_size=size))


def _time_best(config: Config, data: Dataset, workers: int) -> float:
    return min(time_steps(config, data, Silent(workers))[0])


def take_precedence() -> None:
    """Ask for the highest weight of this session among others, which only some users of Linux get.

    All workers do so after they have met: one that starts late would get no turn beside others that wait busily.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("-20", encoding="ascii")


def measure_reductions(exchange: Exchange) -> dict[str, Any]:
    """Return the median seconds of a reduction of integers, by its bytes, and those of an addition here."""
    found = {}
    for size in SIZES:
        values, others = np.zeros(size // 8, dtype=np.int64), np.ones(size // 8, dtype=np.int64)
        times, additions = [], []
        for _ in range(_REPEATS):
            exchange.agree(0)
            begun = time.perf_counter()
            exchange.add(values)
            times.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            np.add(values, others, out=others)
            additions.append(time.perf_counter() - begun)
        found[str(size)] = {"seconds": float(np.median(times)), "addition": float(np.median(additions))}
    return found


class FloatJoining:
    """Adds the gradients of workers as floating-point numbers, as frameworks do; plain NumPy has no grids.

    Args:
        exchange: an exchange over MPI.
    """

    def __init__(self, exchange: Any) -> None:  # noqa: ANN401 - over MPI
        self._exchange = exchange

    def join_maxima(self, maxima: Sequence[Any]) -> None:
        """Do nothing."""

    def join_sums(self, terms: Sequence[Term], totals: Sequence[Total], count: int) -> None:  # noqa: ARG002 - no grid
        """Replace the gradients of this worker's part by their sums over all workers."""
        for total in totals:
            gradient = np.ascontiguousarray(total.finish())
            self._exchange.add(gradient)
            setattr(total, "_sum", gradient)  # noqa: B010 - that of a total in plain NumPy


def measure_floats(name: str, exchange: Exchange) -> dict[str, Any]:
    """Return digest of the weights and test loss after one epoch, in plain NumPy and in portable arithmetic."""
    config = load_config(name, overrides=("training.epochs=1",))
    data = load_dataset(config.data, config.seed, None)
    found = {}
    for profile in ("native", "portable"):
        training = Training(config, data, portable=profile == "portable", exchange=exchange)
        if profile == "native":
            setattr(training.trainer, "_joining", FloatJoining(exchange))  # noqa: B010 - in the place of exact sums
        training.run()
        row = training.history[-1]
        found[profile] = {"weights": digest_arrays(training.parameters), "test_loss": row.test_loss}
    return found


def main(arguments: list[str]) -> int:
    """Measure one part on all workers; the first one prints."""
    first, (part, *names) = arguments[0] == "--precedence", [word for word in arguments if word != "--precedence"]
    exchange = open_exchange(find_started())
    exchange.agree(0)
    if first:
        take_precedence()
    with limit_threads(1):
        found = _measure(part, names, exchange)
    if exchange.index == 0:
        print(json.dumps(found))
    return 0


def _measure(part: str, names: Sequence[str], exchange: Exchange) -> dict[str, Any]:
    if part == "steps":
        return measure_steps(names, exchange)
    if part == "reductions":
        return measure_reductions(exchange)
    if part == "beside":
        return measure_beside(names, exchange)
    return measure_shares(names) if part == "shares" else measure_floats(names[0], exchange)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
