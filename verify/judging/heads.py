"""Compares the trace of a run with the one that a golden commits to, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.files.golden import TraceOutcome
from verify.judging import stages
from verify.judging.stages import make_result

if TYPE_CHECKING:
    from verify.files.golden import Golden
    from verify.files.record import RunRecord
    from verify.files.trace import TraceHeader
    from verify.results import Result

TRAINING, LAYOUT = "training", "layout"
"""Where the header of the trace of a training has the layout of its steps."""


def take_heads(header: TraceHeader) -> TraceOutcome | None:
    """Return what the trace of a training gives; None for one without steps, of another program, or not whole."""
    training = header.extra.get(TRAINING)
    layout = training.get(LAYOUT) if isinstance(training, dict) else None
    if header.level != "step" or not header.complete or not header.heads or not isinstance(layout, int):
        return None
    return TraceOutcome(function=header.function, layout=layout, heads=header.heads)


def check_heads(golden: Golden, record: RunRecord, found: TraceOutcome | None) -> list[Result]:
    """Compare the trace of a run with that of a golden; nothing where the golden has none, or the run is not portable.

    Args:
        golden: what is expected.
        record: the run's record.
        found: what the run's trace gave; None without a trace of every step.
    """
    expected = golden.trace
    if expected is None or record.profile != "portable":
        return []
    if found is None:
        title = "the run has no trace of every step, so the golden's trace was not compared"
        return [make_result("V", stages.TRACES, "info", len(expected.heads), 0, title=title)]
    forms = [f"{side.function}, layout {side.layout}" for side in (expected, found)]
    if forms[0] != forms[1]:
        title = "the golden has a trace of another form"
        remedy = f"repro-appliance golden record {golden.config} --trace --replace"
        return [make_result("V", stages.TRACES, "could-not-judge", *forms, title=title, remedy=remedy)]
    return [_compare(golden, record, expected, found)]


def _compare(golden: Golden, record: RunRecord, expected: TraceOutcome, found: TraceOutcome) -> Result:
    for number, (a, b) in enumerate(zip(expected.heads, found.heads, strict=False)):
        if a != b:
            sides = [side.epochs[number].weights if number < len(side.epochs) else None for side in (golden, record)]
            verb = "agree" if sides[0] == sides[1] else "differ"
            where = f"epoch {a.epoch}; the weights after it {verb}"
            return make_result("V", stages.TRACES, "fail", a.head, b.head, where=where)
    counts = len(expected.heads), len(found.heads)
    if counts[0] != counts[1]:
        return make_result("V", stages.TRACES, "fail", *counts, where="the number of epochs")
    return make_result("V", stages.TRACES, "pass", expected.heads[-1].head, found.heads[-1].head)
