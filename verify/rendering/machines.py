"""The reports of many machines as rows of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.files.structure import to_json
from verify.rendering.report import report_results
from verify.rendering.tables import Table
from verify.results import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.judging.legs import Leg
    from verify.rendering.report import Report
    from verify.results import Result

COLUMNS = ("member", "processor", "ISA", "bytes", "BLAS", "NumPy", "Python", "digests", "verdict", "seconds")
# Columns for a terminal; Markdown and --full have all.
_BRIEF = ("member", "ISA", "NumPy", "Python", "verdict")
_VERDICTS = {"pass": "identical", "fail": "different", "could-not-judge": "could-not-judge"}
_SHORT = 12  # hexadecimal digits of a digest in a table


def list_cells(leg: Leg, verdict: str | None = None) -> dict[str, str]:
    """Return the cells of a leg by the names of COLUMNS; what its report does not say is "?".

    Args:
        leg: the leg.
        verdict: what the comparison says about it; None for the verdict in its report.
    """
    compared, context = leg.environment.compared, leg.environment.context
    seconds = leg.seconds if leg.seconds is not None else leg.report and leg.report.seconds
    blas = compared.get("blas.name") or compared.get("blas.build_name")
    kernel = compared.get("blas.kernel")
    digests = [f"{config} {_shorten(digest)}" for config, digest in sorted(leg.digests.items())]
    values = (
        leg.name,
        context.get("cpu.model"),
        compared.get("machine"),
        compared.get("byte_order"),
        f"{blas} {kernel}" if blas and kernel else blas,
        compared.get("numpy.version"),
        compared.get("python.version"),
        ", ".join(digests) or None,
        (verdict or leg.verdict) if leg.report else "no report",
        None if seconds is None else f"{seconds:.0f}",
    )
    return {column: "?" if value is None else str(value) for column, value in zip(COLUMNS, values, strict=True)}


def _shorten(digest: str | None) -> str:
    return digest.removeprefix("sha256:")[:_SHORT] if digest else "none"


def _list_rows(legs: Sequence[Leg], results: Sequence[Result]) -> list[dict[str, str]]:
    """Return the cells of every leg; its verdict is what the comparison says about it."""
    rows = [result for result in results if result.id == "A001"]
    verdicts = [_VERDICTS.get(row.status) for row in rows] if len(rows) == len(legs) else [None] * len(legs)
    return [
        list_cells(leg, "close" if leg.verdict == "close" else verdict)
        for leg, verdict in zip(legs, verdicts, strict=True)
    ]


def describe_legs(legs: Sequence[Leg], results: Sequence[Result] = ()) -> list[dict[str, Any]]:
    """Return one JSON object for each leg: its cells, with full digests, its error and its checks."""
    return [
        {
            **cells,
            "digests": leg.digests,
            "error": leg.error,
            "checks": to_json(leg.report.checks if leg.report else ()),
        }
        for leg, cells in zip(legs, _list_rows(legs, results), strict=True)
    ]


def report_agreement(legs: Sequence[Leg], results: Sequence[Result]) -> Report:
    """Return the report of a comparison: a table of the legs, and the results of `compare_legs`."""
    rows = _list_rows(legs, results)
    table = Table(columns=COLUMNS, rows=[row.values() for row in rows], brief=_BRIEF)
    return report_results("agreement", results, _summarize(legs, results), table=table)


def _summarize(legs: Sequence[Leg], results: Sequence[Result]) -> str:
    """Return the verdict in words; only legs that all agree are called identical."""
    statuses = [result.status for result in results if result.id == "A001"]
    missing = len([result for result in results if result.id == "A002"])
    count = len(legs)
    if judge(results) == "identical":
        return f"{count} of {count} legs identical"
    if judge(results) == "different":
        differ = statuses.count("fail")
        return f"{differ} of {count} legs differ" if differ else "the legs have several digests"
    doubtful = statuses.count("could-not-judge")
    words = [f"{doubtful} of {count} legs are not judged"] if doubtful or not missing else []
    return ", ".join([*words, *([f"legs missing or doubled: {missing}"] if missing else [])])
