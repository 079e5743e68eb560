"""Several workers in a program of one's own, started by mpiexec."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from appliance.launch.started import find_started
from appliance.workers.opening import open_exchange, open_mpi

if TYPE_CHECKING:
    from types import TracebackType

    from appliance.launch.started import Started
    from appliance.numerics.exchange import Exchange

_FAILED = 1


def join_workers() -> Exchange:
    """Return the exchange with the other processes that mpiexec started this program in; a single process has none.

    Pass it to `fit` or `train`, in every process. All of them get the whole record; write files and print where
    `index` is 0. A process that ends with an exception ends the others from now on.

    Raises:
        UsageError: mpi4py is missing, or belongs to another MPI than mpiexec.

    >>> from appliance import join_workers, train
    >>> workers = join_workers()
    >>> workers.index, workers.count
    (0, 1)
    >>> train("smoke", exchange=workers).digests["run"][:15]
    'sha256:6743c6f2'
    """
    started = find_started()
    exchange = open_exchange(started)
    if exchange.count > 1:
        _end_together(started)
    return exchange


def _end_together(started: Started) -> None:
    """Let an exception that nothing handles end all processes, after it is shown."""
    shown = sys.excepthook

    def end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        shown(kind, error, trace)
        open_mpi(started).abort(_FAILED)

    sys.excepthook = end
