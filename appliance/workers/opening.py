"""Opens the exchange of this process with the other workers that an engine has started, if there are any."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from appliance.numerics.exchange import ALONE
from appliance.workers.engine import load_engine
from appliance.workers.exchange import MpiExchange

if TYPE_CHECKING:
    from appliance.launch.started import Started
    from appliance.numerics.exchange import Exchange


def open_exchange(started: Started) -> Exchange:
    """Return the exchange with the processes that an engine started; that of a single process without loading MPI.

    All processes call it. Later calls return the same exchange.

    Raises:
        UsageError: mpi4py is missing, or belongs to another MPI than the engine.
    """
    return open_mpi(started) if started.is_several else ALONE


@lru_cache(maxsize=1)
def open_mpi(started: Started) -> MpiExchange:
    """Return the exchange over MPI, opened once.

    Raises:
        UsageError: as for `open_exchange`.
    """
    return MpiExchange(load_engine(started))
