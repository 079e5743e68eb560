"""Whether a captured state can be one of this training: a checkpoint that somebody made may say anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.training.misfits import describe_array, describe_misfit
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.training.state import TrainingState

    Arrays = Mapping[str, NDArray[Any]]


def require_fitting(state: TrainingState, config: Config, samples: int, terms: int) -> None:
    """Return if the place of a state, its history and the terms of its epoch belong together.

    Args:
        state: the state.
        config: what is trained.
        samples: the training samples of an epoch.
        terms: how many terms the loss of a sample has.

    Raises:
        UsageError: they do not; it says which.
    """
    size, last = config.training.batch_size, config.training.epochs + 1
    if not 1 <= state.epoch <= last:
        raise describe_misfit(f"an epoch from 1 to {last}", f"epoch {state.epoch}")
    steps = 0 if state.epoch == last else -(-samples // size)
    if not 0 <= state.step <= steps:
        raise describe_misfit(f"a step from 0 to {steps} in epoch {state.epoch}", f"step {state.step}")
    if [row.epoch for row in state.history] != list(range(1, state.epoch)):
        raise describe_misfit(f"a history of {state.epoch - 1} epochs in their order", f"{len(state.history)} rows")
    done = min(state.step * size, samples)
    found, expected = [describe_array(term) for term in state.terms], [f"float64 {(done,)}"] * terms
    if state.step and found != expected:
        raise describe_misfit(f"terms of the loss: {', '.join(expected)}", ", ".join(found) or "none")


def require_weights(state: TrainingState, parameters: Arrays) -> None:
    """Return if the weights at the end of an epoch are those that its row of the history states.

    Raises:
        UsageError: they are not.
    """
    if state.step or not state.history:
        return
    expected, found = state.history[-1].weights, digest_arrays(parameters)
    if found != expected:
        raise describe_misfit(f"the weights after epoch {state.epoch - 1}: {expected}", found)
