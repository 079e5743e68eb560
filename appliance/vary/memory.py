"""Remembers every trial, so that no world is run twice, also when a search is interrupted."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import attrs
import cattrs

from appliance.vary.copies import remove_directory
from appliance.vary.trial import BudgetSpentError, Trial
from appliance.vary.world import World
from verify.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.vary.running import Workshop

_SCHEMA = "repro-appliance/vary-state/1"
_SLOW, _LEAST = 10, 30.0  # a world may take ten times as long as the baseline, and half a minute
_APART = 1.1  # seconds between the first two runs of the baseline: a seed may be the time in whole seconds
_USED = "used"


@attrs.define(kw_only=True)
class Memory:
    """Trials by world; what is not known is run.

    Args:
        workshop: runs worlds.
        state: the file that keeps what is known.
        seconds_left: tells how much of the budget is left; None for no budget.
        limit: wall time of one run; None for a multiple of the baseline's.
        report: called after each run.
    """

    workshop: Workshop
    state: Path
    seconds_left: Callable[[], float | None]
    limit: float | None = None
    report: Callable[[World, Trial, int], None] | None = None
    trials: dict[str, list[Trial]] = attrs.field(factory=dict)
    worlds: dict[str, World] = attrs.field(factory=dict)
    runs: int = 0
    _last: str = ""

    def resume(self) -> int:
        """Read what an interrupted search knew; return how many runs that were."""
        try:
            value = json.loads(self.state.read_text(encoding="utf-8"))
            if value.get("schema") != _SCHEMA:
                return 0
            trials = cattrs.structure(value["trials"], dict[str, list[Trial]])
            worlds = cattrs.structure(value["worlds"], dict[str, World])
        except (OSError, ValueError, KeyError, AttributeError, TypeError, ExceptionGroup):
            return 0
        self.trials, self.worlds = trials, worlds
        return sum(1 for known in trials.values() for _ in known)

    def is_outdated(self) -> bool:
        """Run the program once more; tell whether it now gives other results than all earlier runs, which agreed.

        Raises:
            BudgetSpentError: the time is over, or nearly.
        """
        known = [trial.sign() for trial in self.trials.get(str(World()), [])]
        return len(set(known)) == 1 and self.observe(World(), len(known)).sign() not in known

    def forget(self) -> None:
        """Forget every run: the program has changed since."""
        self.trials.clear()
        self.worlds.clear()
        remove_directory(self.workshop.scratch / "kept")
        self._last = ""
        self._save()

    def observe(self, world: World, repeat: int = 0) -> Trial:
        """Return the trial of a world with this number; it is run if it is not known.

        Raises:
            BudgetSpentError: the time is over, or nearly.
        """
        known = self.trials.setdefault(str(world), [])
        self.worlds[str(world)] = world
        while len(known) <= repeat:
            if len(known) == 1 and not len(world):
                time.sleep(max(_APART - known[0].seconds, 0.0))
            known.append(self._run(world, f"{len(self.trials)}-{len(known)}"))
            self._save()
        return known[repeat]

    def observe_used(self, repeat: int = 0) -> Trial | None:
        """Run the baseline again in a directory that a run of the baseline has used; None if that one failed.

        Where the last run was another one, a fresh one is added to the baseline's.
        """
        known = self.trials.setdefault(_USED, [])
        while len(known) <= repeat:
            fresh = self.trials.setdefault(str(World()), [])
            if self._last != str(World()) or not self.workshop.work.is_dir():
                self.observe(World(), len(fresh))
            if fresh[-1].ending:
                return None
            trial = self.workshop.run_again(fresh[-1], World(), self._limit(), f"{_USED}-{len(known)}")
            known.append(self._finish(World(), trial))
            self._last = _USED
            self._save()
        return known[repeat]

    def _run(self, world: World, keep: str) -> Trial:
        left = self.seconds_left()
        if left is not None and left <= 0:
            raise BudgetSpentError
        limit = self._limit()
        self._last = str(world)
        trial = self.workshop.run(world, limit if left is None else min(limit, left), keep)
        if trial.ending and left is not None and left < limit and trial.seconds >= left:
            raise BudgetSpentError
        return self._finish(world, trial)

    def _finish(self, world: World, trial: Trial) -> Trial:
        self.runs += 1
        signature = trial.sign()
        known = any(other.place and other.sign() == signature for trials in self.trials.values() for other in trials)
        kept = self.workshop.forget(trial) if known else trial
        if self.report is not None:
            self.report(world, kept, self.runs)
        return kept

    def find_kept(self, trial: Trial) -> Trial:
        """Return a trial with the same outputs that are kept."""
        signature = trial.sign()
        everything = (other for trials in self.trials.values() for other in trials)
        return next((other for other in everything if other.place and other.sign() == signature), trial)

    def _limit(self) -> float:
        if self.limit is not None:
            return self.limit
        baseline = [trial.seconds for trial in self.trials.get(str(World()), []) if not trial.ending]
        return max(_SLOW * max(baseline), _LEAST) if baseline else 3600.0

    def _save(self) -> None:
        value = {
            "schema": _SCHEMA,
            "trials": cattrs.unstructure(self.trials),
            "worlds": cattrs.unstructure(self.worlds),
        }
        write_whole(self.state, json.dumps(value, sort_keys=True), what="the state of the search")
