"""One training in some world, compared with the undisturbed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from appliance.proving.reading import find_difference
from appliance.proving.worlds import HERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.proving.reading import Ran
    from appliance.proving.worlds import World

Status = Literal["identical", "different", "not judged"]


@attrs.frozen(kw_only=True)
class Trial:
    """How a training went in a world.

    Args:
        stop: where it was stopped; empty where it was not.
        world: where it was resumed, or made.
        status: what came of it.
        first: what differs first, or why it was not judged.
    """

    stop: str
    world: str
    status: Status
    first: str = ""


def judge_run(ran: Ran, undisturbed: Ran, world: World, *, stop: str = "", doubt: str = "") -> Trial:
    """Compare the run of a training with the undisturbed one.

    Args:
        ran: what the training gave.
        undisturbed: what the undisturbed one gave.
        world: where it was made.
        stop: where it was stopped.
        doubt: why equal results would prove nothing.
    """
    problem = ran.problem or doubt or world.find_doubt(ran, undisturbed)
    if problem:
        return Trial(stop=stop, world=world.name, status="not judged", first=problem)
    first = find_difference(undisturbed, ran)
    return Trial(stop=stop, world=world.name, status="different" if first else "identical", first=first or "")


def find_first(trials: Sequence[Trial], status: Status) -> Trial | None:
    """Return the first trial of which that came."""
    return next((trial for trial in trials if trial.status == status), None)


def is_here(trial: Trial) -> bool:
    """Tell whether a trial was made in the world of this process."""
    return trial.world == HERE
