"""A record held against a golden, or against another record of the same configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from verify.errors import ApplianceError, CouldNotJudgeError
from verify.files.golden import check_golden
from verify.judging import stages
from verify.judging.stages import make_result
from verify.results import Judgement, Result

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 1e-6
_ONLY_PORTABLE = "the golden expects no result of this profile: use --profile portable"
_TERMS = ("config", "bits", "precision", "profile")
_NEEDED = (*_TERMS, "config_digest", "digests", "epochs", "metrics")
_KINDS = (("digests", dict), ("epochs", list), ("metrics", dict))


def _normalize(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as it would be read from its file.

    Raises:
        CouldNotJudgeError: it is no JSON value, or lacks what is compared.
    """
    try:
        plain = dict(json.loads(json.dumps(record, allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise CouldNotJudgeError("a record is not a JSON value", expected="finite numbers", found=error) from error
    lost = [key for key in _NEEDED if key not in plain]
    lost += [key for key, kind in _KINDS if key in plain and not isinstance(plain[key], kind)]
    if lost:
        raise CouldNotJudgeError("a record is incomplete", expected=", ".join(_NEEDED), found=f"no {', '.join(lost)}")
    return plain


def explain_doubt(error: ApplianceError, *, number: int = 1, prefix: str = "V") -> Result:
    """Return an error as a result that could not be judged, under V001 (golden) unless told otherwise."""
    values = {
        name: None if value is None else str(value)
        for name, value in (("expected", error.expected), ("found", error.found), ("where", error.where))
    }
    return Result(id=f"{prefix}{number:03}", title=error.title, status="could-not-judge", remedy=error.remedy, **values)


def _check_terms(prefix: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> Result:
    """Tell whether two results may be compared at all: configuration, bits version, precision, profile."""
    terms = [{name: side[name] for name in _TERMS} for side in (expected, found)]
    if terms[0] == terms[1]:
        return make_result(prefix, stages.COMPARABLE, "pass", *terms)
    where = next(name for name in _TERMS if terms[0][name] != terms[1][name])
    return make_result(
        prefix,
        stages.COMPARABLE,
        "could-not-judge",
        terms[0][where],
        terms[1][where],
        title=f"the {where} differs from what there is to compare with",
        where=where,
        remedy=_ONLY_PORTABLE if (prefix, where) == ("V", "profile") else None,
    )


def _compare_bits(prefix: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Result]:
    """Compare every stage bit for bit, in the order in which a run passes through them."""
    return [
        stages.check_settings(prefix, expected, found),
        stages.check_digest(prefix, stages.DATASET, "dataset", expected, found),
        stages.check_digest(prefix, stages.INITIAL, "initial_weights", expected, found),
        stages.check_epochs(prefix, expected, found),
        stages.check_history(prefix, expected, found),
        stages.check_digest(prefix, stages.PREDICTIONS, "predictions", expected, found),
        stages.check_digest(prefix, stages.FINAL, "final_weights", expected, found),
        stages.check_digest(prefix, stages.RUN, "run", expected, found),
        stages.check_metrics(prefix, expected, found),
    ]


def _compare_closely(expected: Mapping[str, Any], found: Mapping[str, Any], tolerance: float) -> list[Result]:
    """Compare what no arithmetic touches bit for bit, and losses within a tolerance."""
    return [
        stages.check_settings("V", expected, found),
        stages.check_digest("V", stages.DATASET, "dataset", expected, found),
        stages.check_digest("V", stages.INITIAL, "initial_weights", expected, found),
        stages.check_losses("V", expected, found, tolerance),
    ]


def _expect(golden: Mapping[str, Any], profile: str) -> dict[str, Any]:
    """Return what a golden expects of a run in a profile; its section `native` speaks for all but portable."""
    if profile == "portable" or "native" not in golden:
        return {**golden, "profile": "portable"}
    return {**golden, **golden["native"], "profile": profile}


def compare_with_golden(
    record: Mapping[str, Any],
    golden: Mapping[str, Any],
    *,
    fingerprint_class: str | None = None,
    tolerance: float = TOLERANCE,
) -> list[Result]:
    """Hold a record against a golden, stage by stage.

    Args:
        record: a run's record as a JSON object.
        golden: as returned by `verify.files.goldens.read_golden`; its soundness is checked again (V001).
        fingerprint_class: of the machine that made the record. A record in native arithmetic is compared
            bit for bit with a golden of the same class, otherwise by its losses (V013).
        tolerance: relative, for V013.

    Returns:
        One result per check. Terms that do not match (V011) end it early as could-not-judge.
    """
    try:
        found = _normalize(record)
        check_golden(golden, str(golden.get("config")))
    except CouldNotJudgeError as error:
        return [explain_doubt(error)]
    intact = make_result("V", stages.INTACT, "pass", golden["digest"], golden["digest"], title="the golden is intact")
    expected = _expect(golden, found["profile"])
    terms = _check_terms("V", expected, found)
    if terms.status != "pass":
        return [intact, terms]
    if expected["profile"] != "portable":
        if fingerprint_class != expected["fingerprint_class"]:
            return [intact, terms, *_compare_closely(expected, found, tolerance)]
        return [intact, terms, *_compare_bits("V", expected, found)]
    return [intact, terms, *_compare_bits("V", expected, found), stages.check_samples("V", expected, found)]


def _read_run(side: Mapping[str, Any]) -> str | None:
    digests = side.get("digests")
    return digests.get("run") if isinstance(digests, dict) else None


def judge_record(
    record: Mapping[str, Any],
    golden: Mapping[str, Any],
    *,
    fingerprint_class: str | None = None,
    tolerance: float = TOLERANCE,
) -> Judgement:
    """Return `compare_with_golden` as a judgement, with both run digests and the basis of comparison."""
    results = compare_with_golden(record, golden, fingerprint_class=fingerprint_class, tolerance=tolerance)
    losses_only = any(result.id == f"V{stages.LOSSES.number:03}" for result in results)
    expected = _expect(golden, str(record.get("profile")))
    return Judgement(
        config=str(golden.get("config")),
        results=tuple(results),
        expected=_read_run(expected),
        found=_read_run(record),
        basis="tolerance" if losses_only else "bits",
    )


def compare_records(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Result]:
    """Compare two records of one configuration bit for bit; the ids are those of goldens with R for V.

    Records of other configurations, bits versions, precisions or profiles could not be judged (R011).
    """
    try:
        expected, found = _normalize(a), _normalize(b)
    except CouldNotJudgeError as error:
        return [explain_doubt(error, prefix="R")]
    terms = _check_terms("R", expected, found)
    if terms.status != "pass":
        return [terms]
    results = [terms, *_compare_bits("R", expected, found)]
    return [*results, stages.check_samples("R", expected, found)] if "samples" in expected else results
