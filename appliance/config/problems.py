"""Mistakes in a configuration, each with the path of its key; all of them become one error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

REFERENCE = "docs/configuration.md lists all keys; repro-appliance config show baseline prints an example"


@attrs.frozen
class Problem:
    """One mistake: the path of the key, what is allowed there, what was found."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, found {self.found}"


def make_error(problems: Sequence[Problem], where: object) -> ConfigurationError:
    """Return one error for all mistakes; `where` names the file."""
    if len(problems) > 1:
        found = [str(problem) for problem in problems]
        title = f"the configuration is not valid: {len(problems)} mistakes"
        return ConfigurationError(title, where=where, found=found, remedy=REFERENCE)
    problem = problems[0]
    return ConfigurationError(
        "the configuration is not valid",
        where=f"{where}, {problem.path}",
        expected=problem.expected,
        found=problem.found,
        remedy=REFERENCE,
    )
