"""Verdicts: any failure decides, and no evidence is no success."""

from __future__ import annotations

import attrs
import pytest

from verify.catalogue.table import find_check
from verify.results import (
    EXIT_CODES,
    Judgement,
    Result,
    Status,
    Verdict,
    conclude,
    find_exit_code,
    find_verdict,
    judge,
    make_result,
)


def _make(*statuses: Status) -> list[Result]:
    return [Result(id=f"V{n:03}", title="sample", status=status) for n, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (("pass",), "identical"),
        (("pass", "info"), "identical"),
        (("pass", "fail"), "different"),
        (("could-not-judge", "fail"), "different"),
        (("pass", "could-not-judge"), "could-not-judge"),
        (("info",), "could-not-judge"),
        ((), "could-not-judge"),
    ],
)
def test_judge(statuses: tuple[Status, ...], verdict: Verdict) -> None:
    """A failure decides; then what could not be judged; then a pass; nothing at all could not be judged."""
    assert judge(_make(*statuses)) == verdict


@pytest.mark.parametrize(
    ("checks", "runs", "verdict"),
    [
        (("pass",), (), "could-not-judge"),
        ((), (), "could-not-judge"),
        (("info",), (("pass",),), "identical"),
        (("pass",), (("pass",), ("could-not-judge",)), "could-not-judge"),
        (("pass",), (("pass",), ()), "could-not-judge"),
        (("could-not-judge",), (("pass",),), "could-not-judge"),
        (("fail",), (("pass",),), "different"),
        ((), (("could-not-judge",), ("fail",)), "different"),
    ],
)
def test_conclude(checks: tuple[Status, ...], runs: tuple[tuple[Status, ...], ...], verdict: Verdict) -> None:
    """General checks can make a verdict worse; only judged configurations can make it a success."""
    judgements = [Judgement(config="sample", results=tuple(_make(*statuses))) for statuses in runs]
    assert conclude(_make(*checks), judgements) == verdict


def test_exit_codes_are_the_documented_ones() -> None:
    """Scripts rely on 0, 1 and 3."""
    assert dict(EXIT_CODES) == {"identical": 0, "different": 1, "could-not-judge": 3, "close": 3}


def test_close_is_no_success_unless_it_is_accepted() -> None:
    """Losses within a tolerance are neither identical nor different; anything worse decides."""
    near = Judgement(config="near", results=tuple(_make("pass")), basis="tolerance")
    same, worse = (Judgement(config="a", results=tuple(_make(status))) for status in ("pass", "fail"))
    assert [judgement.verdict for judgement in (near, same)] == ["close", "identical"]
    assert attrs.evolve(near, results=tuple(_make("fail"))).verdict == "different"
    assert (conclude([], [near, same]), conclude([], [near, worse])) == ("close", "different")
    assert conclude(_make("could-not-judge"), [near]) == "could-not-judge"
    assert [find_exit_code("close", accept_close=accept) for accept in (False, True)] == [3, 0]
    assert find_exit_code("could-not-judge", accept_close=True) == 3


def test_only_0_and_1_are_a_judgement() -> None:
    """Verdict and exit code fit in both directions; a usage error or a signal is no judgement."""
    assert [find_verdict(code) for code in (0, 1, 2, 3, 130)] == ["identical", "different", *["could-not-judge"] * 3]
    for verdict in ("identical", "different", "could-not-judge"):
        assert find_verdict(find_exit_code(verdict)) == verdict


def test_unknown_status_is_refused() -> None:
    """A misspelt status must not slip through as neither pass nor fail."""
    with pytest.raises(ValueError, match="status"):
        Result(id="V001", title="sample", status="passed")  # type: ignore[arg-type]


def test_result_is_frozen() -> None:
    """Nobody turns a fail into a pass after the fact."""
    result = _make("fail")[0]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        result.status = "pass"  # type: ignore[misc]


def test_title_and_remedy_come_from_the_table() -> None:
    """A result has the title of its check, and its remedy where it did not pass, unless it knows better."""
    assert make_result("V003", "pass") == Result(id="V003", title="data set bytes agree", status="pass")
    failed = make_result("V003", "fail", expected=1, found=2, where="here", title="other bytes")
    assert (failed.title, failed.remedy) == ("other bytes", find_check("V003").remedy)
    assert make_result("V003", "fail", remedy="wait").remedy == "wait"
    with pytest.raises(KeyError):
        make_result("V999", "pass")
