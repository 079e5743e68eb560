"""Mistakes in a configuration, each with the path of its key; all of them become one error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REFERENCE = "docs/configuration.md lists all keys; repro-appliance config show baseline prints an example"


@attrs.frozen
class Problem:
    """One mistake: the path of the key, what is allowed there, what was found."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, found {self.found}"


@attrs.frozen
class Source:
    """Where settings come from: a file, and the words of the command line that replace some of its keys.

    Args:
        file: the file, or another name of the source.
        options: the words, such as `--set training.epochs=3`, by the path of the key that they replace.
    """

    file: object
    options: Mapping[str, str] = attrs.field(factory=dict)

    def find_option(self, path: str) -> str | None:
        """Return the words that gave the value at this path; None where the file did."""
        for key, words in self.options.items():
            if path == key or path.startswith((f"{key}.", f"{key}[")) or key.startswith(f"{path}."):
                return words
        return None

    def name_place(self, path: str) -> str:
        """Return where a key was set: the words of the command line, or the file with the path."""
        return self.find_option(path) or f"{self.file}, {path}"


def make_error(problems: Sequence[Problem], source: Source) -> ConfigurationError:
    """Return one error for all mistakes in the settings of a source."""
    if len(problems) > 1:
        options = [source.find_option(problem.path) for problem in problems]
        found = [
            f"{words}: {problem}" if words else str(problem) for words, problem in zip(options, problems, strict=True)
        ]
        where = "the command line" if all(options) else source.file
        title = f"the configuration is not valid: {len(problems)} mistakes"
        return ConfigurationError(title, where=where, found=found, remedy=REFERENCE)
    problem = problems[0]
    return ConfigurationError(
        "the configuration is not valid",
        where=source.name_place(problem.path),
        expected=problem.expected,
        found=problem.found,
        remedy=REFERENCE,
    )
