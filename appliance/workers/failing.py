"""What happens when workers fail: one error is printed, and no worker waits for another one for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from appliance.workers.opening import open_mpi
from verify.errors import ApplianceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.launch.started import Started
    from appliance.workers.exchange import MpiExchange

_PATIENCE = 3.0  # seconds until a worker that fails no longer expects that the others do
_PAUSE = 0.01


class Ending(NamedTuple):
    """How this worker ends: the errors that it prints, and what it calls after that."""

    shown: list[ApplianceError]
    end: Callable[[], None]


def end_worker(error: ApplianceError, started: Started) -> Ending:
    """Return how a worker ends that has failed.

    Where all workers fail, such as with a configuration that cannot be read, the first one prints the error. Where
    this worker fails alone, it prints its error with its name and ends all others, which wait for it.
    """
    try:
        exchange = open_mpi(started)
    except ApplianceError as failure:
        # One word from each host: nobody can be asked who else has failed.
        return Ending([failure if failure.title == error.title else error] if not started.local else [], _do_nothing)
    if not _meet(exchange):
        return Ending([_name_worker(error, exchange)], lambda: exchange.abort(error.exit_code))
    found: list[str] = exchange.failures.allgather(str(error))
    if len(dict.fromkeys(found)) == 1:
        return Ending([] if exchange.index else [error], _do_nothing)
    return Ending([_name_worker(error, exchange)] if found.index(str(error)) == exchange.index else [], _do_nothing)


def _meet(exchange: MpiExchange) -> bool:
    """Return whether all workers fail at about the same time; a later one is more patient, so that one speaks."""
    request = exchange.failures.Ibarrier()
    for _ in range(round((_PATIENCE + exchange.index) / _PAUSE)):
        if request.Test():
            return True
        time.sleep(_PAUSE)
    return bool(request.Test())


def _name_worker(error: ApplianceError, exchange: MpiExchange) -> ApplianceError:
    """Return the error with the name of this worker."""
    name = exchange.name(exchange.index)
    error.where = name if error.where is None else f"{error.where}, {name}"
    return error


def _do_nothing() -> None:
    """End as a single process does."""
