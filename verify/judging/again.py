"""Compares a run with the same run made again, up to the first stage that differs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from verify.judging import stages
from verify.judging.checks import IN_ORDER, START, TOLERANCE, compare_terms

if TYPE_CHECKING:
    from verify.files.record import RunRecord
    from verify.judging.checks import Check
    from verify.results import Basis, Result


def compare_again(
    expected: RunRecord, found: RunRecord, *, same_class: bool, tolerance: float = TOLERANCE
) -> tuple[list[Result], Basis]:
    """Compare two records of one configuration in the order in which a run passes through its stages.

    Args:
        expected: the record of the first run.
        found: the record of the run that was made again.
        same_class: whether both machines are of one class; otherwise only portable runs are compared bit for bit.
        tolerance: relative, for losses.

    Returns:
        The results up to the first that did not pass, and what they are based on.
    """
    terms = compare_terms(expected, found)
    if terms.status != "pass":
        return [terms], "bits"
    bits = same_class or expected.profile == "portable"
    checks: tuple[Check, ...] = IN_ORDER if bits else (*START, partial(stages.check_losses, tolerance=tolerance))
    results = [terms]
    for check in checks:
        results.append(check("R", expected, found))
        if results[-1].status != "pass":
            break
    return results, "bits" if bits else "tolerance"
