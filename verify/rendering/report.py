"""What every renderer takes: results in suites under one verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.results import EXIT_CODES, conclude, find_exit_code, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from verify.rendering.tables import Table
    from verify.results import Judgement, Result, Verdict

_SUMMARIES: Mapping[Verdict, str] = {
    "identical": "every golden was reproduced",
    "close": "losses agree within a tolerance, bits were not compared",
    "different": "a result differs from its golden",
    "could-not-judge": "the evidence is not sufficient; this is not a success",
}
_RUNS: Mapping[Verdict, str] = {
    **_SUMMARIES,
    "identical": "every run is sound and has the expected results",
    "different": "a run differs from what is expected of it",
}
_OTHER_VERSIONS = "every golden was reproduced, but not with the promised versions"


def _convert_results(results: Iterable[Result]) -> tuple[Result, ...]:
    return tuple(results)


@attrs.frozen(kw_only=True)
class Suite:
    """Results that belong together.

    Args:
        name: what they are about, such as a configuration.
        results: the results.
        judgement: the judgement of the results; its verdict and machines are shown too; None if there is none.
    """

    name: str
    results: tuple[Result, ...] = attrs.field(converter=_convert_results)
    judgement: Judgement | None = None


@attrs.frozen(kw_only=True)
class Report:
    """The results of one command.

    Args:
        name: of the whole report.
        verdict: over all results.
        summary: the verdict in words.
        suites: the results.
        table: shown before the results; None for no table.
        exit_code: of the command; 0 for a verdict that the caller accepts.
    """

    name: str
    verdict: Verdict
    summary: str
    suites: tuple[Suite, ...]
    table: Table | None = None
    exit_code: int = attrs.field(default=attrs.Factory(lambda self: EXIT_CODES[self.verdict], takes_self=True))


def report_verification(
    checks: Sequence[Result], judgements: Sequence[Judgement], *, accept_close: bool = False
) -> Report:
    """Return the report of `verify`: a suite of general checks, then one for each configuration."""
    verdict = conclude(checks, judgements)
    of_runs = any(result.id.startswith("J") for judgement in judgements for result in judgement.results)
    summaries = _RUNS if of_runs else _SUMMARIES
    suites = (Suite(name=judgement.config, results=judgement.results, judgement=judgement) for judgement in judgements)
    return Report(
        name="repro-appliance verify",
        verdict=verdict,
        summary=_OTHER_VERSIONS if _lacks_only_versions(checks, judgements) else summaries[verdict],
        suites=(Suite(name="environment", results=checks), *suites),
        exit_code=find_exit_code(verdict, accept_close=accept_close),
    )


def _lacks_only_versions(checks: Sequence[Result], judgements: Sequence[Judgement]) -> bool:
    """Tell whether everything was reproduced and only versions are others than the channel promises."""
    doubts = [result for result in checks if result.status not in ("pass", "info")]
    versions = bool(doubts) and all(result.id.startswith("E") for result in doubts)
    return versions and bool(judgements) and all(judgement.verdict == "identical" for judgement in judgements)


def report_results(name: str, results: Sequence[Result], summary: str, *, table: Table | None = None) -> Report:
    """Return the report of one suite of results, which alone decide the verdict."""
    suite = Suite(name=name, results=results)
    return Report(name=f"repro-appliance {name}", verdict=judge(results), summary=summary, suites=(suite,), table=table)
