"""Checks: each passes on a sound record and fails on one that differs in its subject."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.specimens import (
    ELSEWHERE,
    HERE,
    change,
    fake_digest,
    make_golden,
    make_record,
    parse_record,
    parse_unsound,
    reseal,
)
from verify.bits import BITS_VERSION
from verify.judging.checks import compare_records, compare_with_golden, find_first_difference, judge_record
from verify.results import Judgement, Result, judge

ALL = {f"V{number:03}" for number in range(1, 13)}
OTHER = fake_digest("other")


def compare_golden(record: dict[str, Any], golden: dict[str, Any], **options: Any) -> list[Result]:  # noqa: ANN401
    """Compare a record and a golden, both as JSON objects."""
    return compare_with_golden(parse_record(record), parse_unsound(golden), **options)


def judge_one(record: dict[str, Any], golden: dict[str, Any], **options: Any) -> Judgement:  # noqa: ANN401
    """Judge a record by a golden, both as JSON objects."""
    return judge_record(parse_record(record), parse_unsound(golden), **options)


def compare_two(a: dict[str, Any], b: dict[str, Any]) -> list[Result]:
    """Compare two records as JSON objects."""
    return compare_records(parse_record(a), parse_record(b))


def _pick(results: list[Result], check: str) -> Result:
    (result,) = [row for row in results if row.id == check]
    return result


def _trouble(results: list[Result]) -> list[str]:
    return [row.id for row in results if row.status in ("fail", "could-not-judge")]


def _bend(record: dict[str, Any], tensor: str, place: int, value: float) -> dict[str, Any]:
    bent: dict[str, Any] = json.loads(json.dumps(record))
    bent["samples"][tensor][place]["value"] = value.hex()
    return bent


def test_sound_record_passes_every_check() -> None:
    """A record equal to its golden passes V001 to V012, each of them once."""
    results = compare_golden(make_record(), make_golden())
    assert {row.id for row in results} == ALL
    assert len(results) == len(ALL)
    assert {row.status for row in results} == {"pass"}
    assert judge(results) == "identical"


@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        ("config_digest", OTHER, "V002"),
        ("settings.optimizer.learning_rate", 0.2, "V002"),
        ("digests.dataset", OTHER, "V003"),
        ("digests.initial_weights", OTHER, "V004"),
        ("epochs.1.weights", OTHER, "V005"),
        ("digests.history", OTHER, "V006"),
        ("epochs.0.train_loss", 0.75000001, "V006"),
        ("epochs.0.test_loss", 0.70000001, "V006"),
        ("epochs.1.test_accuracy", 0.5, "V006"),
        ("digests.predictions", OTHER, "V007"),
        ("digests.final_weights", OTHER, "V008"),
        ("digests.run", OTHER, "V009"),
        ("metrics.test_loss", 0.5000000001, "V012"),
    ],
)
def test_one_difference_fails_its_own_check(path: str, value: object, check: str) -> None:
    """A record that differs in one place fails the check on that place, with a remedy, and no other."""
    results = compare_golden(change(make_record(), path, value), make_golden())
    assert _trouble(results) == [check]
    failed = _pick(results, check)
    assert failed.remedy
    assert failed.expected != failed.found or failed.where
    assert judge(results) == "different"


def test_edited_setting_is_named() -> None:
    """V002 says which setting was edited, from what to what."""
    results = compare_golden(change(make_record(), "settings.optimizer.learning_rate", 0.2), make_golden())
    assert _pick(results, "V002").where == "optimizer.learning_rate: 0.1 -> 0.2"


def test_first_differing_epoch_is_named() -> None:
    """V005 names the first of several epochs that differ, with both digests."""
    record = change(change(make_record(), "epochs.0.weights", OTHER), "epochs.1.weights", OTHER)
    failed = _pick(compare_golden(record, make_golden()), "V005")
    assert (failed.where, failed.expected, failed.found) == ("epoch 1, weights", fake_digest("1"), OTHER)


def test_first_differing_loss_is_named() -> None:
    """V006 names epoch and field, with both values."""
    failed = _pick(compare_golden(change(make_record(), "epochs.1.train_loss", 0.26), make_golden()), "V006")
    assert (failed.where, failed.expected, failed.found) == ("epoch 2, train_loss", 0.25, 0.26)


def test_lost_epoch_is_reported() -> None:
    """A shorter history fails although its epochs agree as far as they go."""
    record = make_record()
    del record["epochs"][1]
    results = compare_golden(record, make_golden())
    assert _trouble(results) == ["V005", "V006"]
    assert (_pick(results, "V005").expected, _pick(results, "V005").found) == (2, 1)


def test_sample_that_differs_by_an_ulp_is_named() -> None:
    """V010 names tensor and index, and counts ulps in the run's precision."""
    record = _bend(make_record(), "dense_1.weight", 1, -0.0625 - 2.0**-27)
    failed = _pick(compare_golden(record, make_golden()), "V010")
    assert failed.status == "fail"
    assert failed.where == "dense_1.weight[783, 15], 1 ulp apart; 1 of 3 samples differ"


def test_sign_of_a_zero_counts() -> None:
    """Zeros of two signs are 0 ulp apart and still differ."""
    golden = make_golden()
    golden["samples"]["dense_1.bias"][0]["value"] = (0.0).hex()
    record = _bend(make_record(), "dense_1.bias", 0, -0.0)
    failed = _pick(compare_golden(record, reseal(golden)), "V010")
    assert failed.status == "fail"
    assert "0 ulp" in str(failed.where)


def test_lost_sample_is_reported() -> None:
    """A tensor without samples fails V010."""
    record = make_record()
    del record["samples"]["dense_1.bias"]
    failed = _pick(compare_golden(record, make_golden()), "V010")
    assert (failed.status, failed.where) == ("fail", "dense_1.bias[0], which the record lacks")


@pytest.mark.parametrize(
    "golden",
    [
        change(make_golden(), "digests.run", OTHER),
        reseal({**make_golden(), "bits": BITS_VERSION + 1}),
        reseal({**make_golden(), "config_digest": OTHER}),
    ],
    ids=["tampered", "bits", "settings"],
)
def test_unsound_golden_judges_nothing(golden: dict[str, Any]) -> None:
    """V001 could not be judged, and there is no further check."""
    results = compare_golden(make_record(), golden)
    assert [(row.id, row.status) for row in results] == [("V001", "could-not-judge")]
    assert results[0].remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [("bits", BITS_VERSION + 1), ("precision", "f64"), ("profile", "native"), ("profile", "pinned"), ("config", "b")],
)
def test_other_terms_are_not_judged(key: str, value: object) -> None:
    """A record of another bits version, precision, profile or configuration is not judged (V011)."""
    results = compare_golden({**make_record(), key: value}, make_golden())
    assert [(row.id, row.status) for row in results] == [("V001", "pass"), ("V011", "could-not-judge")]
    assert (results[1].where, results[1].found) == (key, value)
    assert judge(results) == "could-not-judge"


def test_native_record_of_the_same_class_is_compared_bit_for_bit() -> None:
    """In one class of machine every stage must agree, and one loss that differs fails."""
    golden, record = make_golden(native=True), make_record(profile="native")
    results = compare_golden(record, golden, fingerprint_class=HERE)
    assert judge(results) == "identical"
    assert {"V005", "V008", "V009"} <= {row.id for row in results}
    other = change(record, "epochs.1.train_loss", 0.25000001)
    assert judge(compare_golden(other, golden, fingerprint_class=HERE)) == "different"


def test_native_record_of_another_class_is_compared_by_its_losses() -> None:
    """Elsewhere bits may differ, losses within the tolerance pass, and the result says so."""
    golden, record = make_golden(native=True), make_record(profile="native")
    close = change(change(record, "epochs.1.train_loss", 0.2500001), "digests.run", OTHER)
    results = compare_golden(close, golden, fingerprint_class=ELSEWHERE)
    assert judge(results) == "identical"
    assert "1e-06" in _pick(results, "V013").title
    assert not {"V005", "V008", "V009"} & {row.id for row in results}


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("epochs.1.train_loss", 0.250001, "epoch 2, train_loss"),
        ("metrics.test_loss", 0.500002, "test_loss"),
        ("epochs.1.epoch", 3, "epoch 2, epoch"),
    ],
)
def test_losses_beyond_the_tolerance_differ(path: str, value: float, where: str) -> None:
    """A loss that is off by more than rounding fails V013, and a larger tolerance lets it pass."""
    golden, record = make_golden(native=True), change(make_record(profile="native"), path, value)
    failed = _pick(compare_golden(record, golden, fingerprint_class=ELSEWHERE), "V013")
    assert failed.status == "fail"
    assert str(failed.where).startswith(where)
    if "epoch 2, epoch" not in where:
        results = compare_golden(record, golden, fingerprint_class=ELSEWHERE, tolerance=1e-3)
        assert judge(results) == "identical"


@pytest.mark.parametrize("stage", ["dataset", "initial_weights"])
def test_native_record_of_another_class_must_start_alike(stage: str) -> None:
    """What no arithmetic touches must agree everywhere."""
    record = change(make_record(profile="native"), f"digests.{stage}", OTHER)
    results = compare_golden(record, make_golden(native=True), fingerprint_class=ELSEWHERE)
    assert judge(results) == "different"


def test_unknown_class_is_another_class() -> None:
    """Without a fingerprint class bits are not compared."""
    results = compare_golden(make_record(profile="native"), make_golden(native=True))
    assert "V013" in {row.id for row in results}


def test_judgement_names_both_run_digests_with_their_basis() -> None:
    """A judgement carries what the report's table needs."""
    golden = make_golden(native=True)
    portable = judge_one(make_record(), golden)
    assert (portable.config, portable.verdict, portable.basis) == ("sample", "identical", "bits")
    assert portable.expected == portable.found == golden["digests"]["run"]
    native = judge_one(make_record(profile="native"), golden, fingerprint_class=ELSEWHERE)
    assert (native.basis, native.expected) == ("tolerance", golden["native"]["digests"]["run"])


def test_equal_records_agree() -> None:
    """Two repeats that agree pass every check, also with other times."""
    results = compare_two(make_record(), {**make_record(), "timing": {"seconds": 9.0}, "run_dir": "elsewhere"})
    assert judge(results) == "identical"
    assert {row.id for row in results} == {f"R{number:03}" for number in range(2, 13)}


@pytest.mark.parametrize(
    ("path", "value", "check"),
    [
        ("epochs.0.train_loss", 0.5, "R006"),
        ("epochs.1.weights", OTHER, "R005"),
        ("metrics.test_accuracy", 0.5, "R012"),
        ("digests.predictions", OTHER, "R007"),
        ("config_digest", OTHER, "R002"),
    ],
)
def test_records_that_differ_are_told_apart(path: str, value: object, check: str) -> None:
    """Repeats that differ in one place fail the check on that place."""
    results = compare_two(make_record(), change(make_record(), path, value))
    assert _trouble(results) == [check]


def test_later_stages_follow_from_the_first() -> None:
    """Where settings differ, each later difference names them as its cause; without that, the stage has its advice."""
    golden, record = make_golden(), make_record()
    for path, value in (("config_digest", OTHER), ("digests.initial_weights", OTHER), ("epochs.0.weights", OTHER)):
        record = change(record, path, value)
    record = change(record, "digests.run", OTHER)
    results = compare_golden(record, golden)
    advice = {row.id: str(row.remedy) for row in results if row.status == "fail"}
    assert list(advice) == ["V002", "V004", "V005", "V009"]
    assert "restore it" in advice["V002"]
    assert all("follows from V002, settings differ" in advice[number] for number in ("V004", "V005", "V009"))
    alone = _pick(compare_golden(change(make_record(), "epochs.0.weights", OTHER), golden), "V005")
    assert "hardware" in str(alone.remedy)


def test_data_do_not_decide_the_initial_weights() -> None:
    """Of two differences, of which neither follows from the other, each has its own advice."""
    record = change(change(make_record(), "digests.dataset", OTHER), "digests.initial_weights", OTHER)
    results = compare_two(make_record(), record)
    assert "follows" not in str(_pick(results, "R004").remedy)


def test_records_on_other_terms_are_not_judged() -> None:
    """A portable record is not compared with a native one."""
    assert judge(compare_two(make_record(), make_record(profile="native"))) == "could-not-judge"


def _find(path: str, value: object) -> Result | None:
    return find_first_difference(parse_record(make_record()), parse_record(change(make_record(), path, value)))


def test_equal_records_have_no_first_difference() -> None:
    """Two records that differ in timing and place only agree at every stage."""
    assert _find("timing", {"seconds": 9.0}) is None
    assert _find("run_dir", "elsewhere") is None


@pytest.mark.parametrize(
    ("path", "value", "check", "where"),
    [
        ("settings.optimizer.learning_rate", 0.2, "R002", "optimizer.learning_rate: 0.1 -> 0.2"),
        ("digests.dataset", OTHER, "R003", None),
        ("digests.initial_weights", OTHER, "R004", None),
        ("epochs.0.weights", OTHER, "R005", "epoch 1, weights"),
        ("epochs.0.train_loss", 0.5, "R006", "epoch 1, train_loss"),
        ("epochs.1.test_accuracy", 0.5, "R006", "epoch 2, test_accuracy"),
        ("digests.final_weights", OTHER, "R008", None),
        ("digests.history", OTHER, "R006", None),
        ("digests.predictions", OTHER, "R007", None),
        ("metrics.test_loss", 0.25, "R012", "test_loss"),
        ("digests.run", OTHER, "R009", None),
    ],
)
def test_the_first_difference_is_named(path: str, value: object, check: str, where: str | None) -> None:
    """A record that differs in one place has its first difference there, with both values."""
    result = _find(path, value)
    assert result is not None
    assert (result.id, result.status, result.where) == (check, "fail", where)
    assert result.expected != result.found or where


def test_the_earliest_of_many_differences_is_found() -> None:
    """A loss of epoch 1 comes before the weights of epoch 2, and these before every digest at the end."""
    late = change(change(make_record(), "epochs.1.weights", OTHER), "digests.final_weights", OTHER)
    both = change(late, "epochs.0.train_loss", 0.5)
    places = [find_first_difference(parse_record(make_record()), parse_record(record)) for record in (late, both)]
    assert [place and place.where for place in places] == ["epoch 2, weights", "epoch 1, train_loss"]


def test_records_on_other_terms_could_not_be_judged() -> None:
    """Another precision is no failure, but it is no agreement either."""
    result = _find("precision", "f64")
    assert result is not None
    assert (result.id, result.status) == ("R011", "could-not-judge")
