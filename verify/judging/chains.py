"""Compares the trace of a run with what else the run directory says."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from verify.errors import ApplianceError
from verify.files.trace import Head
from verify.tracing.fingerprints import UnreadableError, fingerprint_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.files.run import RunFiles
    from verify.files.trace import Event
    from verify.files.traces import Trace

WEIGHTS = "weights"
"""The stage of the weights after an epoch."""


class Chained(NamedTuple):
    """What the lines of a trace give: the running digest at the end of every epoch, the last event of weights."""

    heads: tuple[Head, ...]
    weights: Event | None


def compare_trace(run: RunFiles) -> Iterator[tuple[str, object, object]]:
    """Yield what is compared, what one part of a run says and what follows from its trace."""
    if run.trace is None:
        return
    header = run.trace.header
    yield "the trace is complete", True, header.complete
    try:
        found = read_chain(run.trace)
    except ApplianceError as error:
        yield "the events of the trace and their digest", error.expected or "as recorded", error.found or error.title
        return
    yield "heads of the trace and its events", header.heads, found.heads
    numbers = [row.epoch for row in run.record.epochs]
    yield "epochs of the trace and of the record", numbers, [head.epoch for head in found.heads]
    stated = {} if found.weights is None else {row.name: row.fingerprint for row in found.weights.outputs}
    for name, array in sorted(run.weights.arrays.items()):
        try:
            mark = fingerprint_array(array)
        except UnreadableError:
            continue
        yield f"final {name} and the last of the trace", mark, stated.get(name, "nothing")


def read_chain(trace: Trace) -> Chained:
    """Read all lines of a trace.

    Raises:
        CouldNotJudgeError: a line is damaged, or the digest of all lines is another one than that of the header.
    """
    digest, heads, epoch, weights = hashlib.sha256(), list[Head](), None, None
    for line in trace.read_events():
        if line.id.epoch != epoch and epoch is not None:
            heads.append(Head(epoch=epoch, head=f"sha256:{digest.hexdigest()}"))
        epoch = line.id.epoch
        digest.update(line.raw)
        if line.id.stage == WEIGHTS and line.id.step is None:
            weights = line.event
    if epoch is not None:
        heads.append(Head(epoch=epoch, head=f"sha256:{digest.hexdigest()}"))
    return Chained(tuple(heads), weights)
