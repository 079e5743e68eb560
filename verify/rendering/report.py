"""What every renderer takes: results in suites under one verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.results import conclude, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from verify.rendering.tables import Table
    from verify.results import Judgement, Result, Verdict

_SUMMARIES: Mapping[Verdict, str] = {
    "identical": "every golden was reproduced",
    "different": "a result differs from its golden",
    "could-not-judge": "the evidence is not sufficient for a verdict; this is not a success",
}
_LOSSES_ONLY = "losses agree within the tolerance; bits were not comparable on this class of machine"


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
    """

    name: str
    verdict: Verdict
    summary: str
    suites: tuple[Suite, ...]
    table: Table | None = None


def report_verification(checks: Sequence[Result], judgements: Sequence[Judgement]) -> Report:
    """Return the report of `verify`: a suite of general checks, then one for each configuration."""
    verdict = conclude(checks, judgements)
    losses_only = verdict == "identical" and any(judgement.basis == "tolerance" for judgement in judgements)
    suites = (Suite(name=judgement.config, results=judgement.results, judgement=judgement) for judgement in judgements)
    return Report(
        name="repro-appliance verify",
        verdict=verdict,
        summary=_LOSSES_ONLY if losses_only else _SUMMARIES[verdict],
        suites=(Suite(name="environment", results=checks), *suites),
    )


def report_results(name: str, results: Sequence[Result], summary: str, *, table: Table | None = None) -> Report:
    """Return the report of one suite of results, which alone decide the verdict."""
    suite = Suite(name=name, results=results)
    return Report(name=f"repro-appliance {name}", verdict=judge(results), summary=summary, suites=(suite,), table=table)
