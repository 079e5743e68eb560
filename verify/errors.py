"""Every failure this project reports: what was expected, what was found, where, what to do."""

from __future__ import annotations

import errno
import os
from difflib import get_close_matches
from typing import TYPE_CHECKING

from verify.escaping import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable


class ApplianceError(Exception):
    """Root of all failures the project raises on purpose.

    Args:
        title: one line that says what is wrong, in lower case, no full stop.
        expected: what should have been there.
        found: what was there; a list has one row for each entry.
        where: the first place at which it shows (file, tensor, step, field).
        remedy: what the reader can do about it. Without one, an error that the system's refusal of access caused has
            a remedy of its own.

    Only the command line turns an error into an exit code; `exit_code` names it.
    """

    exit_code = 2

    def __init__(
        self,
        title: str,
        *,
        expected: object = None,
        found: object = None,
        where: object = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title
        self.expected = expected
        self.found = found
        self.where = where
        self._remedy = remedy

    @property
    def remedy(self) -> str | None:
        """What the reader can do about it."""
        return self._remedy or advise_access(self.__cause__ or self.__context__)

    @remedy.setter
    def remedy(self, remedy: str | None) -> None:
        self._remedy = remedy

    def __str__(self) -> str:
        found = [("found", value) for value in (self.found if isinstance(self.found, list) else [self.found])]
        rows = [("where", self.where), ("expected", self.expected), *found, ("try", self.remedy)]
        lines = [f"  {name:<10} {clean_line(value)}" for name, value in rows if value is not None]
        return "\n".join([clean_line(self.title), *lines])


def advise_access(error: BaseException | None) -> str | None:
    """Return what to do where the system refused access to a file, which is frequent in containers; None otherwise."""
    while isinstance(error, ApplianceError):
        error = error.__cause__ or error.__context__
    if not isinstance(error, OSError):
        return None
    if isinstance(error, PermissionError):
        user = f"user {os.getuid()}" if hasattr(os, "getuid") else "this user"
        return f'let {user} access it, or run as its owner; in a container: docker run --user "$(id -u):$(id -g)"'
    if error.errno == errno.EROFS:
        return 'name a directory that can be written; in a container mount one, such as -v "$PWD/runs:/runs"'
    return None


def suggest_name(word: str, names: Iterable[str], otherwise: str | None = None) -> str | None:
    """Return a remedy for a name that is none: the known name that is nearest to it, then what else can be done."""
    near = get_close_matches(word, list(names), n=1)
    return "; ".join([*(f"did you mean {name}?" for name in near), *filter(None, [otherwise])]) or None


class UsageError(ApplianceError):
    """A request that cannot be carried out as written (exit code 2)."""


class DifferentError(ApplianceError):
    """Two results that must agree do not: a reproducibility failure (exit code 1)."""

    exit_code = 1


class CouldNotJudgeError(ApplianceError):
    """There is no sound expectation or no conforming host to judge with (exit code 3)."""

    exit_code = 3


class NonFiniteError(ApplianceError):
    """A computation produced NaN or infinity; there is no result (exit code 2)."""
