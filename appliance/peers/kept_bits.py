"""Which of two trainings of a configuration keeps its bits over the axes of `vary`: ours or PyTorch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.vary.axes import AXES
from appliance.vary.execute import Request, vary
from appliance.vary.own_training import TORCH, list_outputs, plan_axes, plan_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.vary.answer import Answer


@attrs.frozen(kw_only=True)
class KeptBits:
    """The answers of `vary` for both trainings, by profile."""

    answers: Mapping[str, Answer]

    def list_rows(self) -> list[tuple[str, ...]]:
        """Return for every axis its name and what it does to each training: "harmless", "changes" or "not-tested"."""
        found = [{row.name: row.status for row in answer.axes} for answer in self.answers.values()]
        names = dict.fromkeys(name for rows in found for name in rows)
        return [(name, *(rows.get(name, "not-tested") for rows in found)) for name in names]

    def to_json(self) -> dict[str, Any]:
        """Return what `vary --json` prints, by profile."""
        return {profile: answer.to_json() for profile, answer in self.answers.items()}


def try_axes(
    config: str,
    profile: str,
    axes: Sequence[str],
    environment: Mapping[str, str],
    *,
    budget: float | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> KeptBits:
    """Vary our training and PyTorch's over some axes.

    Args:
        config: a name, or the path of a file.
        profile: of our training.
        axes: names of axes of `vary`.
        environment: the variables of the programs.
        budget: seconds for each of the two; None for no limit.
        progress: gets one line for each step.

    Raises:
        UsageError: there is no such axis.
    """
    answers = {}
    for name in (profile, TORCH):
        names, values = plan_axes(axes, name)
        request = Request(
            command=plan_command(config, name),
            directory=None,
            environment=environment,
            axes=names,
            values=values,
            globs=list_outputs(name),
            budget=budget,
        )
        answers[name] = vary(request, AXES, progress)
    return KeptBits(answers=answers)
