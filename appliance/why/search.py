"""Finds the axes of which the state decides whose result is seen."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from appliance.why.experiments import Answer, Experiment

_LARGEST = 3
"""How many axes a cause may have that acts only if they change together."""


@attrs.frozen(kw_only=True)
class Trial:
    """One observation: which side, which axes were taken from the other side, whose result was seen."""

    side: int
    flipped: tuple[str, ...]
    answer: Answer


@attrs.frozen(kw_only=True)
class Search:
    """What an experiment has shown.

    Args:
        title: what was run.
        control: both sides as they are, twice each.
        trials: the sides with some axes of the other side.
        cause: the axes that decide; empty if none was found.
        also: axes that decide as well, each alone.
        harmless: axes that change nothing, alone in either direction.
    """

    title: str
    control: tuple[Trial, ...]
    trials: tuple[Trial, ...] = ()
    cause: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether both sides repeat, twice each, what was recorded."""
        return all(trial.answer == "ab"[trial.side] for trial in self.control)

    @property
    def unsteady(self) -> bool:
        """Whether a side differs from itself, or from both records."""
        return any(trial.answer == "other" for trial in self.control)


def search(experiment: Experiment, axes: list[str]) -> Search:
    """Run both sides as they are, then with the states of the other side.

    Args:
        experiment: what is run.
        axes: in what the sides are unlike.
    """
    control = tuple(_try(experiment, side, ()) for _ in range(2) for side in (0, 1))
    found = Search(title=experiment.title, control=control)
    if not found.repeats or not axes:
        return found
    trials: dict[tuple[int, tuple[str, ...]], Trial] = {}
    for size in range(1, min(_LARGEST, len(axes)) + 1):
        decided = []
        for group in combinations(axes, size):
            pair = [_remember(trials, experiment, side, group) for side in (0, 1)]
            decided.append((group, [trial.answer == "ba"[trial.side] for trial in pair]))
        if size == 1:
            harmless = tuple(
                group[0] for group, _ in decided if all(trials[side, group].answer == "ab"[side] for side in (0, 1))
            )
            found = attrs.evolve(found, harmless=harmless)
        whole = [group for group, pair in decided if all(pair)]
        sufficient = [group for group, pair in decided if pair[0]]
        chosen = whole or (sufficient if size == 1 else [])
        if chosen:
            also = tuple(name for group in chosen[1:] for name in group if size == 1)
            return attrs.evolve(found, cause=chosen[0], also=also, trials=tuple(trials.values()))
    return attrs.evolve(found, trials=tuple(trials.values()))


def _remember(
    trials: dict[tuple[int, tuple[str, ...]], Trial], experiment: Experiment, side: int, group: tuple[str, ...]
) -> Trial:
    if (side, group) not in trials:
        trials[side, group] = _try(experiment, side, group)
    return trials[side, group]


def _try(experiment: Experiment, side: int, group: tuple[str, ...]) -> Trial:
    return Trial(side=side, flipped=group, answer=experiment.observe(side, group))
