"""Outcomes of checks: what each found, under one verdict that no lack of evidence can turn green."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import attrs
from attrs import validators as v

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Status = Literal["pass", "fail", "could-not-judge", "info"]
Verdict = Literal["identical", "different", "could-not-judge"]
Basis = Literal["bits", "tolerance"]

# Of the JSON object in which all results of `verify` travel.
REPORT_SCHEMA = "repro-appliance/verify/1"
STATUSES: tuple[Status, ...] = ("pass", "fail", "could-not-judge", "info")
EXIT_CODES: Mapping[Verdict, int] = MappingProxyType({"identical": 0, "different": 1, "could-not-judge": 3})
_STATUS_OF: Mapping[Verdict, Status] = MappingProxyType(
    {"identical": "pass", "different": "fail", "could-not-judge": "could-not-judge"}
)


@attrs.frozen(kw_only=True)
class Result:
    """One check's outcome.

    Args:
        id: a letter and three digits, never given to another check (V008).
        title: one line that says what was seen.
        status: "info" explains and never decides.
        expected: what should have been there, as a JSON value.
        found: what was there, as a JSON value.
        where: the first place at which a difference shows.
        remedy: what the reader can do about it.
    """

    id: str
    title: str
    status: Status = attrs.field(validator=v.in_(STATUSES))
    expected: Any = None
    found: Any = None
    where: str | None = None
    remedy: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all fields as a JSON object."""
        return attrs.asdict(self)


@attrs.frozen(kw_only=True)
class Judgement:
    """One configuration's results, held against its golden.

    Args:
        config: the configuration's name.
        results: every check that was made on it.
        expected: the golden's run digest, if there is a golden.
        found: the run digest of the new record, if there is one.
        basis: "tolerance" where bits could not be expected to agree and only losses were compared.
        here: the machine that made the record, in a few words.
        made_with: the machine that made the golden, in a few words.
    """

    config: str
    results: tuple[Result, ...]
    expected: str | None = None
    found: str | None = None
    basis: Basis = attrs.field(default="bits", validator=v.in_(("bits", "tolerance")))
    here: str | None = None
    made_with: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict over this configuration's results."""
        return judge(self.results)


def withdraw_failures(judgement: Judgement) -> Judgement:
    """Return the judgement with doubts in the place of failures, for a host that turned out not to conform."""
    results = (attrs.evolve(r, status="could-not-judge") if r.status == "fail" else r for r in judgement.results)
    return attrs.evolve(judgement, results=tuple(results))


def _decide(statuses: set[Status]) -> Verdict:
    if "fail" in statuses:
        return "different"
    if "could-not-judge" in statuses or "pass" not in statuses:
        return "could-not-judge"
    return "identical"


def judge(results: Iterable[Result]) -> Verdict:
    """Return the verdict over results: any fail decides, then any doubt; no pass at all is a doubt too."""
    return _decide({result.status for result in results})


def conclude(checks: Iterable[Result], judgements: Iterable[Judgement]) -> Verdict:
    """Return the verdict over general checks plus every judged configuration.

    A passing check is no substitute for a golden: without a single judgement nothing has been shown.
    """
    decided = {_STATUS_OF[judgement.verdict] for judgement in judgements}
    return _decide(decided | ({result.status for result in checks} - {"pass"}))
