"""The first tensor of a step that is not finite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.plans import Plan, Stage
    from appliance.training.trainer import Trainer

    Bytes = NDArray[np.uint8]


class _FoundError(Exception):
    """Ends a run at the first output that is not finite."""


def find_failure(trainer: Trainer, features: Bytes, labels: Bytes) -> str:
    """Return the name of the first output of a stage that is not finite for a batch, in the order of a step.

    Parameters are left as they are. Where all outputs are finite, it is the gradient of the last layer's output.
    """
    trainer.reset_bounds()
    forward, loss, backward = trainer.passes.list_plans_without_update(len(labels))
    np.copyto(trainer.passes.plan_forward(len(labels)).buffer, features)
    np.copyto(trainer.passes.plan_loss(len(labels))[1].targets, labels)
    for plan in (forward, loss, backward):
        found = _find_output(plan)
        if found is not None:
            return found
    return f"{trainer.network.layers[-1].name}.output_gradient"


def _find_output(plan: Plan) -> str | None:
    done: list[str] = []

    def observe(stage: Stage) -> None:
        done.append(stage.name)
        for name, array in stage.outputs.items():
            if not np.isfinite(array).all():
                raise _FoundError(name)

    try:
        plan.run(observe)
    except _FoundError as found:
        return str(found)
    except NonFiniteError:
        stage = plan.stages[len(done)]
        return next(iter(stage.outputs), stage.name)
    return None


def explain_batch(trainer: Trainer, features: Bytes, labels: Bytes, epoch: int, step: int) -> NonFiniteError:
    """Return the error for a batch after which the training cannot go on; the batch is computed again."""
    return describe_failure(f"epoch {epoch}, step {step}, {find_failure(trainer, features, labels)}")


def describe_failure(where: str) -> NonFiniteError:
    """Return the error for a training that cannot go on."""
    return NonFiniteError(
        "training produced NaN or infinity",
        expected="finite losses, gradients and weights",
        where=where,
        remedy="lower the learning rate, or inspect the data of this step",
    )
