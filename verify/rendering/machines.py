"""The reports of many machines as rows of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.files.reports import Environment
from verify.files.structure import to_json
from verify.rendering.report import report_results
from verify.rendering.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.judging.agreement import Leg
    from verify.rendering.report import Report
    from verify.results import Result

COLUMNS = ("member", "processor", "ISA", "bytes", "BLAS", "NumPy", "Python", "digests", "verdict", "seconds")
_SHORT = 12  # hexadecimal digits of a digest in a table


def list_cells(leg: Leg) -> dict[str, str]:
    """Return the cells of a leg by the names of COLUMNS; what its report does not say is "?"."""
    environment = (leg.report and leg.report.environment) or Environment()
    compared, context = environment.compared, environment.context
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
        leg.verdict if leg.report else "no report",
        None if seconds is None else f"{seconds:.0f}",
    )
    return {column: "?" if value is None else str(value) for column, value in zip(COLUMNS, values, strict=True)}


def _shorten(digest: str | None) -> str:
    return digest.removeprefix("sha256:")[:_SHORT] if digest else "none"


def describe_legs(legs: Sequence[Leg]) -> list[dict[str, Any]]:
    """Return one JSON object for each leg: its cells, with full digests, its error and its checks."""
    return [
        {
            **list_cells(leg),
            "digests": leg.digests,
            "error": leg.error,
            "checks": to_json(leg.report.checks if leg.report else ()),
        }
        for leg in legs
    ]


def report_agreement(legs: Sequence[Leg], results: Sequence[Result]) -> Report:
    """Return the report of a comparison: a table of the legs, and the results of `compare_legs`."""
    passed = len([result for result in results if result.id == "A001" and result.status == "pass"])
    table = Table(columns=COLUMNS, rows=[list_cells(leg).values() for leg in legs])
    return report_results("agreement", results, f"{passed} of {len(legs)} legs identical", table=table)
