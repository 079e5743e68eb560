"""Several workers on the command line: they are opened, and one of them prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from appliance.cli.later import Later
from appliance.cli.printing import Output, show_failure

if TYPE_CHECKING:
    from appliance.launch import started
    from appliance.numerics.exchange import Exchange
    from appliance.workers import failing, opening
    from verify.errors import ApplianceError
else:
    started, opening = Later("appliance.launch.started"), Later("appliance.workers.opening")
    failing = Later("appliance.workers.failing")


def join_workers() -> Exchange:
    """Return the exchange with the other processes of this command; from now on only the first one prints."""
    exchange = opening.open_exchange(started.find_started())
    Output.silent = exchange.index > 0
    return exchange


def show_ending(error: ApplianceError, *, as_json: bool) -> None:
    """Print an error, of several workers once; a worker that fails alone ends the others."""
    begun = started.find_started()
    if not begun.is_several or not Output.meets:
        if begun.index == 0:
            show_failure(error, as_json=as_json)
        return
    ending = failing.end_worker(error, begun)
    for shown in ending.shown:
        show_failure(shown, as_json=as_json)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    ending.end()
