"""When a checkpoint is due: after so many steps or seconds."""

from __future__ import annotations

import re
import time

from verify.errors import UsageError

DEFAULT = "60s"
NEVER = "never"
_FORM = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)([smh]?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Interval:
    """Counts steps and seconds since the last checkpoint.

    Args:
        steps: after how many steps one is due; 0 for never because of steps.
        seconds: after how many seconds one is due; None for never because of time.
    """

    def __init__(self, steps: int = 0, seconds: float | None = None) -> None:
        self.steps = steps
        self.seconds = seconds
        self._taken = 0
        self._since = time.monotonic()

    def is_due(self, steps: int) -> bool:
        """Tell whether one is due after so many more steps."""
        self._taken += steps
        if self.steps and self._taken >= self.steps:
            return True
        return self.seconds is not None and time.monotonic() - self._since >= self.seconds

    def begin(self) -> None:
        """Count from now on."""
        self._taken, self._since = 0, time.monotonic()


def parse_interval(text: str) -> Interval:
    """Return the interval that a text such as 500 (steps), 30s, 5m, 1h or never means.

    Raises:
        UsageError: it means none.
    """
    if text.strip() == NEVER:
        return Interval()
    found = _FORM.fullmatch(text.strip().lower())
    if found is None or float(found[1]) <= 0 or (not found[2] and "." in found[1]):
        raise UsageError(
            "this is no interval of checkpoints",
            expected="steps such as 500, a time such as 30s, 5m or 1h, or never",
            found=text,
            where="--checkpoint-every",
        )
    if not found[2]:
        return Interval(steps=int(found[1]))
    return Interval(seconds=float(found[1]) * _SECONDS[found[2]])
