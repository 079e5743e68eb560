"""A program for jobs of mpiexec: what comes of the reductions that the library's settings choose.

The first worker prints one object: the run digest of a training, and a digest of sums in floating point.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

import appliance
from appliance.launch.started import find_started
from appliance.streams import draw_words
from appliance.workers.opening import open_mpi
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.workers.exchange import MpiExchange

# Libraries choose algorithms by size; with one number some of them have nothing to divide.
SIZES = (1, 5, 1000, 200_000)


def draw(size: int, worker: int, kind: type[np.signedinteger[Any]]) -> NDArray[np.signedinteger[Any]]:
    """Return integers of a worker, of either sign, whose sums over seven workers stay inside their type."""
    bits = 8 * np.dtype(kind).itemsize
    words = draw_words(size, 3, "sums", worker) >> np.uint64(64 - bits + 3)
    drawn: NDArray[np.signedinteger[Any]] = words.astype(kind) - kind(2 ** (bits - 4))
    return drawn


def check_integers(workers: MpiExchange) -> None:
    """Compare sums and maxima of integers with what this worker finds alone."""
    for kind in (np.int32, np.int64):
        for size in SIZES:
            given = np.array([draw(size, worker, kind) for worker in range(workers.count)])
            added, greatest = given[workers.index].copy(), given[workers.index].copy()
            workers.add(added)
            workers.maximize(greatest)
            assert np.array_equal(added, given.sum(axis=0, dtype=kind)), (kind, size)
            assert np.array_equal(greatest, given.max(axis=0)), (kind, size)


def add_floats(workers: MpiExchange) -> str:
    """Return the digest of sums in floating point, which tell in which order the library adds."""
    sums = {}
    for size in SIZES:
        given = draw(size, workers.index, np.int64) * 1e-9
        sums[str(size)] = np.empty_like(given)
        workers.comm.Allreduce(given, sums[str(size)])
    return digest_arrays(sums)


def main() -> None:
    """Make all reductions."""
    appliance.join_workers()
    workers = open_mpi(find_started())
    check_integers(workers)
    floats = add_floats(workers)
    trained = appliance.train("smoke", exchange=workers).digests["run"]
    if workers.index == 0:
        sys.stdout.write(json.dumps({"training": trained, "floats": floats}) + "\n")


if __name__ == "__main__":
    main()
