"""Compares the speed of portable and native training steps with the ratios in bounds.toml (`make bench-check`).

Both run in turns in one process on one thread, so that the speed of the machine and its other work affect both. A bound
is missed only if every attempt misses it. Exit codes: 0 all bounds are met, 1 one is missed.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.cost.contest import run_contest
from appliance.benchmark.cost.steps import StepCase, load_step_data, open_contest
from appliance.benchmark.timing import Effort
from appliance.errors import ConfigurationError
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    Measure = Callable[[StepCase], float]

BOUNDS = Path(__file__).parent / "bounds.toml"
EFFORT = Effort(turn=0.01, rounds=15, least=7, budget=2.0)


@attrs.frozen(kw_only=True)
class Bound:
    """The least ratio for one case."""

    case: StepCase
    ratio: float


@attrs.frozen(kw_only=True)
class Judgement:
    """The ratios of a bound's attempts, the last of which met it, or none did."""

    bound: Bound
    found: tuple[float, ...]

    @property
    def met(self) -> bool:
        """Whether the best attempt is good enough."""
        return max(self.found) >= self.bound.ratio

    def __str__(self) -> str:
        verdict = "met   " if self.met else "MISSED"
        ratios = ", ".join(f"{ratio:.2f}" for ratio in self.found)
        return f"{verdict} {self.bound.case.name}: at least {self.bound.ratio:g} of native, found {ratios}"


def read_bounds(text: str) -> tuple[int, list[Bound]]:
    """Return the number of attempts and the bounds in the text of a TOML file.

    Raises:
        ConfigurationError: no attempt or no bound, which would be met by anything.
    """
    table = tomllib.loads(text)
    attempts, rows = table.get("attempts", 0), table.get("bound", [])
    if attempts < 1 or not rows:
        raise ConfigurationError("the file has no bounds", expected="attempts and at least one [[bound]]", found=table)
    return attempts, [Bound(ratio=row.pop("ratio"), case=StepCase(**row)) for row in rows]


def judge_bound(bound: Bound, attempts: int, measure: Measure) -> Judgement:
    """Measure until the bound is met, or as often as is allowed."""
    found: list[float] = []
    while len(found) < attempts and not (found and found[-1] >= bound.ratio):
        found.append(measure(bound.case))
    return Judgement(bound=bound, found=tuple(found))


def pick_ratio(rows: list[dict[str, Any]], precision: str) -> float:
    """Return the ratio of the portable step to the native one from a contest's rows."""
    pairs = {row["baseline"]: row["ratio"] for row in rows if row["subject"] == f"portable {precision}"}
    return float(pairs[f"native {precision}"])


def main() -> int:
    """Judge every bound, print the outcomes, return the exit code."""
    attempts, bounds = read_bounds(BOUNDS.read_text(encoding="utf-8"))
    with limit_threads(1):
        datasets = load_step_data()

        def measure(case: StepCase) -> float:
            with open_contest(case, datasets, 1) as contest:
                return pick_ratio(run_contest(contest, EFFORT), case.precision)

        judgements = [judge_bound(bound, attempts, measure) for bound in bounds]
    for judgement in judgements:
        print(judgement)
    return 0 if all(judgement.met for judgement in judgements) else 1


if __name__ == "__main__":
    sys.exit(main())
