"""A laboratory without processes: results are a function of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.trial import BudgetSpentError, Output, Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.world import World


@attrs.define(kw_only=True)
class FakeWorlds:
    """Gives results by a function of the settings and of the number of the run.

    Args:
        result: returns the result as text; a text that begins with "!" is a failure.
        used: the result of a second run in a used directory; None for that of the baseline.
        budget: how many runs there are.
    """

    result: Callable[[dict[str, str], int], str]
    used: str | None = None
    budget: int = 10_000
    runs: list[World] = attrs.field(factory=list)
    _known: dict[tuple[World, int], Trial] = attrs.field(factory=dict)
    _again: list[Trial] = attrs.field(factory=list)

    def observe(self, world: World, repeat: int = 0) -> Trial:
        """Return a run of a world; each is run once."""
        if (world, repeat) not in self._known:
            if len(self.runs) >= self.budget:
                raise BudgetSpentError
            self.runs.append(world)
            settings = {setting.axis: setting.value for setting in world.settings}
            self._known[world, repeat] = _make(self.result(settings, len(self.runs)))
        return self._known[world, repeat]

    def observe_used(self, repeat: int = 0) -> Trial | None:
        """Return a second run of the baseline in its used directory; each is run once."""
        while len(self._again) <= repeat:
            text = self.result({}, len(self.runs)) if self.used is None else self.used
            self._again.append(_make(text))
        return self._again[repeat]


def _make(text: str) -> Trial:
    if text.startswith("!"):
        return Trial(ending=text[1:])
    parts = text.split("|")
    return Trial(
        outputs={f"out{place}": Output(kind="text", content=part, raw=part) for place, part in enumerate(parts)}
    )
