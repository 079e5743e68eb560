"""The outcomes of checks, and the verdict over them, which is never a success without evidence."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import attrs
from attrs import validators as v

from verify.catalogue.table import find_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Status = Literal["pass", "fail", "could-not-judge", "info"]
Verdict = Literal["identical", "close", "different", "could-not-judge"]
Basis = Literal["bits", "tolerance"]

# Of the JSON object in which all results of `verify` travel.
REPORT_SCHEMA = "repro-appliance/verify/1"
STATUSES: tuple[Status, ...] = ("pass", "fail", "could-not-judge", "info")
EXIT_CODES: Mapping[Verdict, int] = MappingProxyType({"identical": 0, "close": 3, "different": 1, "could-not-judge": 3})
_STATUS_OF: Mapping[Verdict, Status] = MappingProxyType(
    {"identical": "pass", "close": "pass", "different": "fail", "could-not-judge": "could-not-judge"}
)


def find_exit_code(verdict: Verdict, *, accept_close: bool = False) -> int:
    """Return the exit code of a verdict; the one of `close` is 0 only where the caller accepts that."""
    return 0 if accept_close and verdict == "close" else EXIT_CODES[verdict]


def find_verdict(exit_code: int) -> Verdict:
    """Return the verdict of an exit code: `could-not-judge` for all that are neither 0 nor 1."""
    verdicts: dict[int, Verdict] = {0: "identical", 1: "different"}
    return verdicts.get(exit_code, "could-not-judge")


@attrs.frozen(kw_only=True)
class Result:
    """One check's outcome.

    Args:
        id: a letter and three digits, from the table of checks (V008).
        title: one line that says what was found.
        status: "info" explains and never decides.
        expected: what was expected, as a JSON value.
        found: what was found, as a JSON value.
        where: the first place of a difference.
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


def make_result(
    number: str,
    status: Status,
    *,
    expected: object = None,
    found: object = None,
    where: str | None = None,
    title: str | None = None,
    remedy: str | None = None,
) -> Result:
    """Return a result of the check with that id; title and, where it did not pass, remedy are the table's unless given.

    Raises:
        KeyError: the id is not in the table of checks.
    """
    check = find_check(number)
    helps = check.remedy if status in ("fail", "could-not-judge") else None
    return Result(
        id=number,
        title=title or check.title,
        status=status,
        expected=expected,
        found=found,
        where=where,
        remedy=remedy or helps,
    )


@attrs.frozen(kw_only=True)
class Judgement:
    """The results of one configuration, compared with its golden.

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
        """The verdict over this configuration's results; "close" where nothing but losses was compared."""
        verdict = judge(self.results)
        return "close" if verdict == "identical" and self.basis == "tolerance" else verdict


def withdraw_failures(judgement: Judgement) -> Judgement:
    """Return the judgement with could-not-judge for every failure, for a host that does not conform."""
    results = (attrs.evolve(r, status="could-not-judge") if r.status == "fail" else r for r in judgement.results)
    return attrs.evolve(judgement, results=tuple(results))


def _decide(statuses: set[Status]) -> Verdict:
    if "fail" in statuses:
        return "different"
    if "could-not-judge" in statuses or "pass" not in statuses:
        return "could-not-judge"
    return "identical"


def judge(results: Iterable[Result]) -> Verdict:
    """Return the verdict over results: a fail decides, then a could-not-judge; without a pass it is could-not-judge."""
    return _decide({result.status for result in results})


def conclude(checks: Iterable[Result], judgements: Iterable[Judgement]) -> Verdict:
    """Return the verdict over general checks plus every judged configuration.

    General checks that pass are not enough: without a judgement the verdict is could-not-judge. It is close if one
    configuration is close and all others are close or identical.
    """
    verdicts = {judgement.verdict for judgement in judgements}
    decided = {_STATUS_OF[verdict] for verdict in verdicts}
    verdict = _decide(decided | ({result.status for result in checks} - {"pass"}))
    return "close" if verdict == "identical" and "close" in verdicts else verdict
