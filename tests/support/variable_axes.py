"""Axes that set one variable of the environment, for tests of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axis import Launch, Proof, Subject

if TYPE_CHECKING:
    from collections.abc import Callable


@attrs.frozen(kw_only=True)
class VariableAxis:
    """Sets one variable; a value "ignored" has no effect."""

    name: str
    given: tuple[str, ...] = ("1", "2")
    default: bool = True

    @property
    def title(self) -> str:
        """The axis in words."""
        return f"the variable {self.name.upper()}"

    def values(self, subject: Subject) -> tuple[str, ...]:
        """Return the values."""
        assert subject.command
        return ("as it is", *self.given)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set the variable."""
        if value == "as it is":
            return launch
        return attrs.evolve(launch, environment=launch.environment | {self.name.upper(): value})

    def prove(self, value: str, subject: Subject, run: Callable[[Launch], str]) -> Proof:
        """Look at the variable in a child."""
        launch = Launch(command=("env",), environment=dict(subject.environment), directory=subject.scratch)
        seen = f"{self.name.upper()}={value}" in run(self.apply(value, launch))
        if value == "ignored" or not seen:
            return Proof(effective=False, found="nothing", reason="it is ignored here", remedy="another host")
        return Proof(effective=True, found=value)

    def advise(self) -> str:
        """Return what helps."""
        return f"set {self.name.upper()}"
