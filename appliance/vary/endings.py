"""How a run of a program ended, in words."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appliance.processes.child import Outcome

LATE = "did not end within"
_TAIL = 2000  # bytes of messages that are kept of a failure


def describe_ending(outcome: Outcome, seconds: float) -> str:
    """Return in words how a run failed; "" if it did not.

    Args:
        outcome: the end of the child.
        seconds: wall time that it had.
    """
    if outcome.status == "late":
        return f"{LATE} {seconds:.0f} s"
    if outcome.status == "limited":
        return f"used {outcome.reason}"
    if outcome.status == "not-started":
        return "cannot be started"
    if outcome.code is not None and outcome.code < 0:
        return f"ended by signal {-outcome.code}"
    return f"exit code {outcome.code}" if outcome.code else ""


def read_tail(outcome: Outcome) -> str:
    """Return the end of the messages of a child, or of its output if it has none."""
    for path in (outcome.messages, outcome.output):
        with suppress(OSError), path.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(stream.tell() - _TAIL, 0))
            text = stream.read().decode("utf-8", errors="replace").strip()
            if text:
                return text
    return outcome.reason
