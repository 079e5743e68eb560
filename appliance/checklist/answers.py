"""Answers: items with their evidence, in parts, about one run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
from attrs import validators as v

if TYPE_CHECKING:
    from collections.abc import Iterable

Status = Literal["yes", "no", "not-applicable", "not-answerable-by-machine"]
AUTHOR: Status = "not-answerable-by-machine"
STATUSES: tuple[Status, ...] = ("yes", "no", "not-applicable", AUTHOR)


@attrs.frozen(kw_only=True)
class Evidence:
    """One fact behind an answer.

    Args:
        text: what was found.
        file: the file that says it, as a path below the run directory, or as the name of a file of evidence.
        check: the id of the check that found it, such as J002.
    """

    text: str
    file: str | None = None
    check: str | None = None

    def describe(self) -> str:
        """Return it in one line: the text, then the check and the file in parentheses."""
        source = ", ".join(part for part in (self.check, self.file) if part)
        return f"{self.text} ({source})" if source else self.text


@attrs.frozen(kw_only=True)
class Item:
    """One answered item.

    Args:
        id: part and name, such as `data.digest`; it is never given to another item.
        title: what is true where the answer is yes.
        status: the answer.
        evidence: the facts behind it.
        remedy: where the answer is no, what makes it yes; where no machine can answer, what the author has to write.
        commands: the command lines in the remedy, word for word.
    """

    id: str
    title: str
    status: Status = attrs.field(validator=v.in_(STATUSES))
    evidence: tuple[Evidence, ...] = ()
    remedy: str | None = None
    commands: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return all fields as a JSON object."""
        evidence = [attrs.asdict(one) for one in self.evidence]
        return attrs.asdict(self, recurse=False) | {"evidence": evidence, "commands": list(self.commands)}


@attrs.frozen(kw_only=True)
class Part:
    """One of the five parts."""

    id: str
    title: str
    items: tuple[Item, ...]

    def to_json(self) -> dict[str, object]:
        """Return the part with its items as a JSON object."""
        return {"id": self.id, "title": self.title, "items": [item.to_json() for item in self.items]}


@attrs.frozen(kw_only=True)
class About:
    """The run that the answers are about.

    Args:
        run: the run directory, as it was given.
        config: the name of the configuration.
        seed: the seed.
        profile: the arithmetic.
        config_digest: the digest of the settings.
        run_digest: the digest of all results.
    """

    run: str
    config: str
    seed: int
    profile: str
    config_digest: str
    run_digest: str


def count_statuses(parts: Iterable[Part]) -> dict[str, int]:
    """Return how many items have each status."""
    found = [item.status for part in parts for item in part.items]
    return {status: found.count(status) for status in STATUSES}
