"""Checks: each passes on a sound record and fails on one that differs in its subject."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.specimens import ELSEWHERE, HERE, change, fake_digest, make_golden, make_record, remove, reseal
from verify.bits import BITS_VERSION
from verify.judging.checks import compare_records, compare_with_golden, judge_record
from verify.results import Result, judge

ALL = {f"V{number:03}" for number in range(1, 13)}
OTHER = fake_digest("other")


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
    results = compare_with_golden(make_record(), make_golden())
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
    results = compare_with_golden(change(make_record(), path, value), make_golden())
    assert _trouble(results) == [check]
    failed = _pick(results, check)
    assert failed.remedy
    assert failed.expected != failed.found or failed.where
    assert judge(results) == "different"


@pytest.mark.parametrize("stage", ["dataset", "initial_weights", "final_weights", "history", "predictions", "run"])
def test_record_without_a_digest_fails(stage: str) -> None:
    """A digest that is not there is not taken as equal."""
    record = make_record()
    del record["digests"][stage]
    assert judge(compare_with_golden(record, make_golden())) == "different"


def test_edited_setting_is_named() -> None:
    """V002 says which setting was edited, from what to what."""
    results = compare_with_golden(change(make_record(), "settings.optimizer.learning_rate", 0.2), make_golden())
    assert _pick(results, "V002").where == "optimizer.learning_rate: 0.1 -> 0.2"


def test_first_differing_epoch_is_named() -> None:
    """V005 names the first of several epochs that differ, with both digests."""
    record = change(change(make_record(), "epochs.0.weights", OTHER), "epochs.1.weights", OTHER)
    failed = _pick(compare_with_golden(record, make_golden()), "V005")
    assert (failed.where, failed.expected, failed.found) == ("epoch 1, weights", fake_digest("1"), OTHER)


def test_first_differing_loss_is_named() -> None:
    """V006 names epoch and field, with both values."""
    failed = _pick(compare_with_golden(change(make_record(), "epochs.1.train_loss", 0.26), make_golden()), "V006")
    assert (failed.where, failed.expected, failed.found) == ("epoch 2, train_loss", 0.25, 0.26)


def test_lost_epoch_is_reported() -> None:
    """A shorter history fails although its epochs agree as far as they go."""
    record = make_record()
    del record["epochs"][1]
    results = compare_with_golden(record, make_golden())
    assert _trouble(results) == ["V005", "V006"]
    assert (_pick(results, "V005").expected, _pick(results, "V005").found) == (2, 1)


def test_sample_that_differs_by_an_ulp_is_named() -> None:
    """V010 names tensor and index, and counts ulps in the run's precision."""
    record = _bend(make_record(), "dense_1.weight", 1, -0.0625 - 2.0**-27)
    failed = _pick(compare_with_golden(record, make_golden()), "V010")
    assert failed.status == "fail"
    assert failed.where == "dense_1.weight[783, 15], 1 ulp apart; 1 of 3 samples differ"


def test_sign_of_a_zero_counts() -> None:
    """Zeros of two signs are 0 ulp apart and still differ."""
    golden = make_golden()
    golden["samples"]["dense_1.bias"][0]["value"] = (0.0).hex()
    record = _bend(make_record(), "dense_1.bias", 0, -0.0)
    failed = _pick(compare_with_golden(record, reseal(golden)), "V010")
    assert failed.status == "fail"
    assert "0 ulp" in str(failed.where)


def test_lost_sample_is_reported() -> None:
    """A tensor whose samples are gone fails V010."""
    record = make_record()
    del record["samples"]["dense_1.bias"]
    failed = _pick(compare_with_golden(record, make_golden()), "V010")
    assert (failed.status, failed.where) == ("fail", "dense_1.bias[0], which the record lacks")
    assert judge(compare_with_golden(remove(make_record(), "samples"), make_golden())) == "different"


@pytest.mark.parametrize(
    "golden",
    [
        change(make_golden(), "digests.run", OTHER),
        {**make_golden(), "schema": "repro-appliance/golden/2"},
        reseal({**make_golden(), "bits": BITS_VERSION + 1}),
        reseal(remove(make_golden(), "samples")),
    ],
    ids=["tampered", "schema", "bits", "incomplete"],
)
def test_unsound_golden_judges_nothing(golden: dict[str, Any]) -> None:
    """V001 is a doubt, and no further check pretends to know."""
    results = compare_with_golden(make_record(), golden)
    assert [(row.id, row.status) for row in results] == [("V001", "could-not-judge")]
    assert results[0].remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [("bits", BITS_VERSION + 1), ("precision", "f64"), ("profile", "native"), ("profile", "pinned"), ("config", "b")],
)
def test_other_terms_are_not_judged(key: str, value: object) -> None:
    """A record of another bits version, precision, profile or configuration is a doubt (V011), not a difference."""
    results = compare_with_golden({**make_record(), key: value}, make_golden())
    assert [(row.id, row.status) for row in results] == [("V001", "pass"), ("V011", "could-not-judge")]
    assert (results[1].where, results[1].found) == (key, value)
    assert judge(results) == "could-not-judge"


@pytest.mark.parametrize("key", ["digests", "epochs", "metrics", "bits", "profile"])
def test_incomplete_record_is_not_judged(key: str) -> None:
    """A record that lacks what is compared, or holds something else there, is a doubt."""
    for record in (remove(make_record(), key), {**make_record(), key: float("nan")}):
        assert judge(compare_with_golden(record, make_golden())) == "could-not-judge"


def test_record_with_tuples_is_as_good_as_one_from_a_file() -> None:
    """Records in memory and records read back from JSON compare alike."""
    record = make_record()
    record["settings"]["model"]["layers"] = (784, 16, 10)
    record["epochs"] = tuple(record["epochs"])
    assert judge(compare_with_golden(record, make_golden())) == "identical"


def test_native_record_of_the_same_class_is_compared_bit_for_bit() -> None:
    """In one class of machine every stage must agree, and one loss that differs fails."""
    golden, record = make_golden(native=True), make_record(profile="native")
    results = compare_with_golden(record, golden, fingerprint_class=HERE)
    assert judge(results) == "identical"
    assert {"V005", "V008", "V009"} <= {row.id for row in results}
    other = change(record, "epochs.1.train_loss", 0.25000001)
    assert judge(compare_with_golden(other, golden, fingerprint_class=HERE)) == "different"


def test_native_record_of_another_class_is_compared_by_its_losses() -> None:
    """Elsewhere bits may differ, losses within the tolerance pass, and the result says so."""
    golden, record = make_golden(native=True), make_record(profile="native")
    close = change(change(record, "epochs.1.train_loss", 0.2500001), "digests.run", OTHER)
    results = compare_with_golden(close, golden, fingerprint_class=ELSEWHERE)
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
    failed = _pick(compare_with_golden(record, golden, fingerprint_class=ELSEWHERE), "V013")
    assert failed.status == "fail"
    assert str(failed.where).startswith(where)
    if "epoch 2, epoch" not in where:
        results = compare_with_golden(record, golden, fingerprint_class=ELSEWHERE, tolerance=1e-3)
        assert judge(results) == "identical"


@pytest.mark.parametrize("stage", ["dataset", "initial_weights"])
def test_native_record_of_another_class_must_start_alike(stage: str) -> None:
    """What no arithmetic touches must agree everywhere."""
    record = change(make_record(profile="native"), f"digests.{stage}", OTHER)
    results = compare_with_golden(record, make_golden(native=True), fingerprint_class=ELSEWHERE)
    assert judge(results) == "different"


def test_unknown_class_is_another_class() -> None:
    """Without a fingerprint class bits are not compared."""
    results = compare_with_golden(make_record(profile="native"), make_golden(native=True))
    assert "V013" in {row.id for row in results}


def test_judgement_names_both_run_digests_with_their_basis() -> None:
    """A judgement carries what the report's table needs."""
    golden = make_golden(native=True)
    portable = judge_record(make_record(), golden)
    assert (portable.config, portable.verdict, portable.basis) == ("sample", "identical", "bits")
    assert portable.expected == portable.found == golden["digests"]["run"]
    native = judge_record(make_record(profile="native"), golden, fingerprint_class=ELSEWHERE)
    assert (native.basis, native.expected) == ("tolerance", golden["native"]["digests"]["run"])


def test_equal_records_agree() -> None:
    """Two repeats that agree pass every check, whatever their timing."""
    results = compare_records(make_record(), {**make_record(), "timing": {"seconds": 9.0}, "run_dir": "elsewhere"})
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
    results = compare_records(make_record(), change(make_record(), path, value))
    assert _trouble(results) == [check]


def test_records_on_other_terms_are_not_judged() -> None:
    """A portable record is not held against a native one, nor a whole one against half of one."""
    assert judge(compare_records(make_record(), make_record(profile="native"))) == "could-not-judge"
    assert judge(compare_records(make_record(), remove(make_record(), "digests"))) == "could-not-judge"
