"""The self-test of `why`: a known difference planted, the cause searched, the name compared with the right one."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import attrs

from appliance.processes.child import Children
from appliance.why.answer import UNKNOWN
from appliance.why.execute import WhyRequest, find_cause
from appliance.why.fingerprints import MissRow, measure_misses, tabulate_misses
from appliance.why.planting import CannotPlantError, plant_program, plant_training
from appliance.why.plants import PLANTS
from verify.errors import ApplianceError, UsageError, suggest_name
from verify.rendering.lines import wrap
from verify.rendering.tables import Table, render_markdown, render_text
from verify.results import find_verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appliance.why.plants import Plant

SCHEMA = "repro-appliance/why-self-test/1"
Judged = Literal["right", "missed", "wrong", "not tested"]


@attrs.frozen(kw_only=True)
class Attempt:
    """What was said of one planted difference.

    Args:
        name: what was planted.
        right: the right names.
        named: the name that was given.
        judged: right, missed (unknown was said), wrong, or not tested.
        reason: why it is not tested; otherwise the mechanism.
        runs: how many programs were run.
        seconds: wall time.
    """

    name: str
    right: tuple[str, ...]
    named: str
    judged: Judged
    reason: str = ""
    runs: int = 0
    seconds: float = 0.0


@attrs.frozen(kw_only=True)
class SelfTest:
    """All attempts, and the table of fingerprints.

    Args:
        attempts: one for each planted difference.
        misses: how often functions of fingerprints miss a change.
    """

    attempts: tuple[Attempt, ...]
    misses: tuple[MissRow, ...]

    def count(self, judged: Judged) -> int:
        """Return how many attempts were judged so."""
        return len([attempt for attempt in self.attempts if attempt.judged == judged])

    @property
    def exit_code(self) -> int:
        """0 if every difference that can be planted here was named and no fingerprint of ours missed a change."""
        ours = [row for row in self.misses if row.ours and row.missed]
        if self.count("missed") or self.count("wrong") or ours:
            return 1
        return 0 if self.count("right") else 3

    def to_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "schema": SCHEMA,
            "verdict": find_verdict(self.exit_code),
            "planted": [attrs.asdict(attempt) for attempt in self.attempts],
            "fingerprints": [attrs.asdict(row) for row in self.misses],
        }

    @property
    def _summary(self) -> str:
        counts: tuple[Judged, ...] = ("right", "missed", "wrong", "not tested")
        return f"{len(self.attempts)} planted: " + ", ".join(f"{self.count(one)} {one}" for one in counts) + "."

    def _tabulate(self) -> Table:
        rows = [
            (one.name, " or ".join(one.right), one.named or "-", one.judged, one.runs, f"{one.seconds:.0f}")
            for one in self.attempts
        ]
        return Table(columns=("planted", "right", "named", "judged", "runs", "seconds"), rows=rows)

    def to_text(self) -> str:
        """Return it as tables with the reasons below."""
        shown = [one for one in self.attempts if one.judged != "right"]
        lines = [render_text(self._tabulate()), *(wrap(one.reason, first=f"{one.name}: ", indent=2) for one in shown)]
        return "\n".join([*lines, "", self._summary, "", render_text(tabulate_misses(self.misses, short=True))])

    def to_markdown(self) -> str:
        """Return it as Markdown."""
        parts = (self._summary, render_markdown(self._tabulate()), render_markdown(tabulate_misses(self.misses)))
        return "\n\n".join(parts) + "\n"


def run_self_test(
    environment: Mapping[str, str],
    python: str,
    progress: Callable[[str], None],
    names: tuple[str, ...] = (),
    other: str = "",
) -> SelfTest:
    """Plant every difference and search its cause.

    Args:
        environment: the variables of the programs.
        python: the interpreter that runs them.
        progress: gets one line for each step.
        names: the differences to plant; none for all. A name may be the beginning of several.
        other: an interpreter with another NumPy; "" for none.

    Raises:
        UsageError: a name is none of them.
    """
    known = [plant.name for plant in PLANTS]
    unknown = [name for name in names if not any(name in one for one in known)]  # a name may have a comma
    if unknown:
        listed = ", ".join(dict.fromkeys(one.partition(",")[0] for one in known))
        raise UsageError(
            "no difference of this name is planted",
            expected=listed,
            found=unknown[0],
            where="--only",
            remedy=suggest_name(unknown[0], known),
        )
    attempts = []
    for plant in PLANTS if not other else [_use_other(plant, other) for plant in PLANTS]:
        if names and not plant.name.startswith(names):
            continue
        progress(f"planted: {plant.name}")
        attempts.append(try_plant(plant, environment, python))
    return SelfTest(attempts=tuple(attempts), misses=measure_misses())


def _use_other(plant: Plant, other: str) -> Plant:
    """Return a difference with another NumPy, if it needs one."""
    arm = plant.b
    return attrs.evolve(plant, b=attrs.evolve(arm, axis=("numpy", other))) if plant.cause == ("numpy",) else plant


def try_plant(plant: Plant, environment: Mapping[str, str], python: str) -> Attempt:
    """Plant one difference and search its cause."""
    begun = time.perf_counter()
    attempt = Attempt(name=plant.name, right=plant.cause, named="", judged="not tested")
    with tempfile.TemporaryDirectory(prefix="repro-appliance-planted-") as folder:
        place = Path(folder).resolve()
        try:
            plant_one = plant_program if plant.program else plant_training
            a, b = plant_one(plant, place, environment, python, Children())
            answer = find_cause(WhyRequest(a=str(a), b=str(b), environment=environment, tell=lambda _: None))
        except CannotPlantError as error:
            return attrs.evolve(attempt, reason=str(error))
        except ApplianceError as error:
            return attrs.evolve(attempt, named="error", judged="missed", reason=f"{error.title}: {error.found}")
    seconds = round(max(0.0, time.perf_counter() - begun), 1)
    if answer.finding is None:
        return attrs.evolve(attempt, reason="both runs agree here: it has no effect", seconds=seconds)
    found = answer.finding
    judged: Judged = "right" if found.cause in plant.cause else "missed" if found.cause == UNKNOWN else "wrong"
    return attrs.evolve(
        attempt,
        named=found.cause,
        judged=judged,
        reason=found.mechanism.replace(f"{place}/", ""),
        runs=found.runs,
        seconds=seconds,
    )
