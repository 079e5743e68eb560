"""Compares a record with a golden, or with another record of the same configuration."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs

from verify.errors import ApplianceError, CouldNotJudgeError
from verify.files.golden import check_golden
from verify.judging import stages
from verify.judging.code import CODE, check_code
from verify.judging.consequences import name_causes
from verify.judging.heads import check_heads
from verify.judging.stages import make_result
from verify.results import Judgement, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.files.golden import Golden, TraceOutcome
    from verify.files.record import RunOutcome, RunRecord

    Check = Callable[[str, RunOutcome, RunOutcome], Result]

TOLERANCE = 1e-6
_ONLY_PORTABLE = "the golden expects no result of this profile: use --profile portable"
_TERMS = ("config", "bits", "precision")


def _check_stage(subject: stages.Subject, stage: str) -> Check:
    def check(prefix: str, expected: RunOutcome, found: RunOutcome) -> Result:
        return stages.check_digest(prefix, subject, stage, expected, found)

    return check


# What no arithmetic changes, in the order in which a run passes through it.
START: tuple[Check, ...] = (
    stages.check_settings,
    _check_stage(stages.DATASET, "dataset"),
    _check_stage(stages.INITIAL, "initial_weights"),
)
_BITS: tuple[Check, ...] = (
    *START,
    stages.check_epochs,
    stages.check_history,
    _check_stage(stages.PREDICTIONS, "predictions"),
    _check_stage(stages.FINAL, "final_weights"),
    _check_stage(stages.RUN, "run"),
    stages.check_metrics,
    stages.check_samples,
)
# The same by time: the first that fails is the nearest to the cause.
IN_ORDER: tuple[Check, ...] = (
    *START,
    stages.check_epochs_in_order,
    _check_stage(stages.FINAL, "final_weights"),
    stages.check_samples,
    _check_stage(stages.HISTORY, "history"),
    _check_stage(stages.PREDICTIONS, "predictions"),
    stages.check_metrics,
    _check_stage(stages.RUN, "run"),
)


def explain_doubt(error: ApplianceError, number: str = "V001") -> Result:
    """Return an error as a result that could not be judged, with the id V001 (golden) unless another is given."""
    values = {
        name: None if value is None else str(value)
        for name, value in (("expected", error.expected), ("found", error.found), ("where", error.where))
    }
    return Result(id=number, title=error.title, status="could-not-judge", remedy=error.remedy, **values)


def _list_terms(side: RunOutcome, profile: str) -> dict[str, object]:
    return {**{name: getattr(side, name) for name in _TERMS}, "profile": profile}


def _check_terms(prefix: str, expected: dict[str, object], found: dict[str, object]) -> Result:
    """Tell whether two results may be compared at all: configuration, bits version, precision, profile."""
    if expected == found:
        return make_result(prefix, stages.COMPARABLE, "pass", expected, found)
    where = next(name for name in expected if expected[name] != found[name])
    return make_result(
        prefix,
        stages.COMPARABLE,
        "could-not-judge",
        expected[where],
        found[where],
        title=f"the {where} differs from what there is to compare with",
        where=where,
        remedy=_ONLY_PORTABLE if (prefix, where) == ("V", "profile") else None,
    )


def _expect(golden: Golden, profile: str) -> tuple[Golden, str]:
    """Return what a golden expects of a run in a profile, and of which profile it is.

    The section `native` is what is expected of every profile but portable.
    """
    native = golden.native
    if profile == "portable" or native is None:
        return golden, "portable"
    return attrs.evolve(golden, digests=native.digests, epochs=native.epochs, metrics=native.metrics), profile


def compare_with_golden(
    record: RunRecord, golden: Golden, *, fingerprint_class: str | None = None, tolerance: float = TOLERANCE
) -> list[Result]:
    """Compare a record with a golden, stage by stage.

    Args:
        record: a run's record.
        golden: the golden of its configuration; whether it is sound is checked again (V001).
        fingerprint_class: of the machine that made the record. A record in native arithmetic is compared bit for bit
            with a golden of the same class, otherwise by its losses (V013).
        tolerance: relative, for V013.

    Returns:
        One result per check. Terms that do not match (V011) and other code (V016) end it early as could-not-judge.
    """
    try:
        check_golden(golden, golden.config)
    except CouldNotJudgeError as error:
        return [explain_doubt(error)]
    intact = make_result("V", stages.INTACT, "pass", golden.digest, golden.digest, title="the golden is intact")
    expected, profile = _expect(golden, record.profile)
    terms = _check_terms("V", _list_terms(expected, profile), _list_terms(record, record.profile))
    if terms.status != "pass":
        return [intact, terms]
    code = check_code(golden.settings, record.settings)
    if code is not None and code.status != "pass":
        return [intact, terms, code]
    terms_and_code = [terms] if code is None else [terms, code]
    checks = _choose_checks(golden, profile, fingerprint_class, tolerance)
    return [intact, *terms_and_code, *name_causes(check("V", expected, record) for check in checks)]


def _choose_checks(golden: Golden, profile: str, fingerprint_class: str | None, tolerance: float) -> tuple[Check, ...]:
    if profile == "portable" or golden.native is None:
        return _BITS
    if fingerprint_class == golden.native.fingerprint_class:
        return tuple(check for check in _BITS if check is not stages.check_samples)  # the samples are portable ones
    return (*START, partial(stages.check_losses, tolerance=tolerance))


def judge_record(
    record: RunRecord,
    golden: Golden,
    *,
    fingerprint_class: str | None = None,
    tolerance: float = TOLERANCE,
    trace: TraceOutcome | None = None,
) -> Judgement:
    """Return `compare_with_golden` as a judgement, with both run digests and the basis of comparison.

    Args:
        record: a run's record.
        golden: the golden of its configuration.
        fingerprint_class: as for `compare_with_golden`.
        tolerance: as for `compare_with_golden`.
        trace: what the trace of the run gave; it is compared (V015) if the golden has one.
    """
    results = compare_with_golden(record, golden, fingerprint_class=fingerprint_class, tolerance=tolerance)
    if results[-1].id not in (stages.INTACT.id, stages.COMPARABLE.id, CODE):
        results += check_heads(golden, record, trace)
    losses_only = any(result.id == stages.LOSSES.id for result in results)
    expected, _ = _expect(golden, record.profile)
    return Judgement(
        config=golden.config,
        results=tuple(results),
        expected=expected.digests.run,
        found=record.digests.run,
        basis="tolerance" if losses_only else "bits",
    )


def compare_terms(a: RunRecord, b: RunRecord) -> Result:
    """Tell whether two records may be compared (R011)."""
    return _check_terms("R", _list_terms(a, a.profile), _list_terms(b, b.profile))


def compare_records(a: RunRecord, b: RunRecord) -> list[Result]:
    """Compare two records of one configuration bit for bit; the ids are those of goldens with R for V.

    Records of other configurations, bits versions, precisions or profiles could not be judged (R011).
    """
    terms = compare_terms(a, b)
    if terms.status != "pass":
        return [terms]
    return [terms, *name_causes(check("R", a, b) for check in _BITS)]


def find_first_difference(a: RunRecord, b: RunRecord) -> Result | None:
    """Return the first stage at which two records differ, in the order in which a run passes through the stages.

    Returns:
        The failed check of that stage; None for equal records; R011, which is no failure but could not be judged, for
        records that cannot be compared.
    """
    terms = compare_terms(a, b)
    if terms.status != "pass":
        return terms
    results = (check("R", a, b) for check in IN_ORDER)
    return next((result for result in results if result.status != "pass"), None)
