"""Compares the speed of portable and native training steps with the ratios in bounds.toml (`make bench-check`).

Both run in turns in one process on one thread, so that the speed of the machine affects both, and processor time is
measured, so that other work of the machine counts little. A measurement that cannot be right is set aside and made
again: a portable step many times as fast as the native one, or rounds that vary wildly. A bound is met if one
measurement of `attempts` meets it, and missed if none does.
Exit codes: 0 all bounds are met, 1 one is missed, 3 too few measurements could be believed.
"""

from __future__ import annotations

import sys
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.cost.contest import run_contest
from appliance.benchmark.cost.steps import StepCase, load_step_data, open_contest
from appliance.benchmark.timing import Effort, Watch
from appliance.errors import ConfigurationError
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    Measure = Callable[[StepCase], "Measurement"]

BOUNDS = Path(__file__).parent / "bounds.toml"
EFFORT = Effort(turn=0.01, rounds=15, least=7, budget=2.0)


@attrs.frozen(kw_only=True)
class Measurement:
    """The ratio of a portable step to the native one: its median over the rounds, and the interval of that."""

    ratio: float
    low: float
    high: float


@attrs.frozen(kw_only=True)
class Limits:
    """How often is measured, and what is believed.

    `attempts` measurements decide; at most `tries` are made in all. The ratio is at most `most`, and the upper end of
    its interval at most `spread` times the lower one.
    """

    attempts: int
    tries: int
    most: float
    spread: float

    def believe(self, found: Measurement) -> bool:
        """Tell whether a measurement can be right; NaN and zero cannot."""
        return 0 < found.ratio <= self.most and 0 < found.low <= found.high <= self.spread * found.low


@attrs.frozen(kw_only=True)
class Bound:
    """The least ratio for one case."""

    case: StepCase
    ratio: float


@attrs.frozen(kw_only=True)
class Judgement:
    """The measurements of a bound that were believed, and the ones that were set aside."""

    bound: Bound
    attempts: int
    found: tuple[float, ...]
    aside: tuple[float, ...]

    @property
    def code(self) -> int:
        """The exit code: 0 if one measurement meets the bound, 1 if enough of them miss it, else 3."""
        if any(ratio >= self.bound.ratio for ratio in self.found):
            return 0
        return 1 if len(self.found) >= self.attempts else 3

    def __str__(self) -> str:
        verdict = {0: "met   ", 1: "MISSED", 3: "UNSURE"}[self.code]
        text = f"{verdict} {self.bound.case.name}: at least {self.bound.ratio:g} of native, found {_list(self.found)}"
        return f"{text}; set aside {_list(self.aside)}" if self.aside else text


def _list(ratios: tuple[float, ...]) -> str:
    return ", ".join(f"{ratio:.2f}" for ratio in ratios) or "nothing that can be right"


def read_bounds(text: str) -> tuple[Limits, list[Bound]]:
    """Return the limits and the bounds in the text of a TOML file.

    Raises:
        ConfigurationError: no attempt or no bound, which would be met by anything.
    """
    table = tomllib.loads(text)
    rows = table.pop("bound", [])
    if table.get("attempts", 0) < 1 or not rows:
        raise ConfigurationError("the file has no bounds", expected="attempts and at least one [[bound]]", found=table)
    return Limits(**table), [Bound(ratio=row.pop("ratio"), case=StepCase(**row)) for row in rows]


def judge_bound(bound: Bound, limits: Limits, measure: Measure) -> Judgement:
    """Measure until the bound is met, until enough measurements miss it, or as often as is allowed."""
    found: list[float] = []
    aside: list[float] = []
    while len(found) < limits.attempts and len(found) + len(aside) < limits.tries:
        measured = measure(bound.case)
        (found if limits.believe(measured) else aside).append(measured.ratio)
        if found and found[-1] >= bound.ratio:
            break
    return Judgement(bound=bound, attempts=limits.attempts, found=tuple(found), aside=tuple(aside))


def pick_measurement(rows: list[dict[str, Any]], precision: str) -> Measurement:
    """Return the ratio of the portable step to the native one from a contest's rows."""
    pairs = {row["baseline"]: row for row in rows if row["subject"] == f"portable {precision}"}
    row = pairs[f"native {precision}"]
    return Measurement(ratio=row["ratio"], low=row["ratio_low"], high=row["ratio_high"])


def main() -> int:
    """Judge every bound, print the outcomes, return the exit code."""
    limits, bounds = read_bounds(BOUNDS.read_text(encoding="utf-8"))
    with limit_threads(1):
        datasets, watch = load_step_data(), Watch(read=time.process_time)

        def measure(case: StepCase) -> Measurement:
            with open_contest(case, datasets, 1) as contest:
                return pick_measurement(run_contest(contest, EFFORT, watch), case.precision)

        judgements = [judge_bound(bound, limits, measure) for bound in bounds]
    for judgement in judgements:
        print(judgement)
    codes = {judgement.code for judgement in judgements}
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
