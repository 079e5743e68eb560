"""The first sentence of an answer."""

from __future__ import annotations

import pytest

from appliance.vary import wording
from appliance.vary.answer import list_advice
from appliance.vary.findings import Control, Findings
from appliance.vary.rows import AxisRow, CauseRow

_TOGETHER = "acts only together: without any one of them nothing changes"


def _say(*causes: CauseRow) -> str:
    return wording.say(Findings(control=Control(repeats=3)), causes, (), "", "different")


def _make(*settings: str, mechanism: str = "") -> CauseRow:
    axes = tuple(setting.partition("=")[0] for setting in settings)
    return CauseRow(axes=axes, settings=settings, mechanism=mechanism, proof="shown twice: with it the other results")


def test_pairs_of_the_same_axes_are_told_once() -> None:
    """Four pairs of values of two axes make one short sentence; a cause of its own is told beside."""
    pairs = [_make(f"a={x}", f"b={y}", mechanism=_TOGETHER) for x in "12" for y in "12"]
    assert _say(*pairs, _make("c=1")) == (
        "cause: a with b (a=1, b=1; or one of 3 other such sets), shown twice; cause: c (c=1), shown twice"
    )
    assert "(a=1, b=1; or another such set)" in _say(*pairs[:2])
    assert _say(pairs[0]) == "cause: a with b (a=1, b=1), shown twice"


def test_causes_that_act_alone_are_told_one_by_one() -> None:
    """Only sets that act together are joined."""
    assert _say(_make("a=1"), _make("a=2")).count("cause: a") == 2


@pytest.mark.parametrize(
    ("changing", "told"),
    [(("aslr", "memory"), True), (("aslr", "environment-size"), True), (("aslr",), False), (("memory",), False)],
)
def test_addresses_come_before_memory(changing: tuple[str, ...], told: bool) -> None:
    """Where random addresses act, too, contents of memory are not the first thing to look for."""
    names = ("memory", "environment-size", "aslr")
    rows = [
        AxisRow(
            name=name, title=name, values=(), status="changes" if name in changing else "harmless", advice=f"do {name}"
        )
        for name in names
    ]
    advice = list_advice(Findings(), rows)
    assert (advice[0] == wording.ADVICE_ADDRESSES) is told
    assert advice[-len(changing) :] == tuple(f"do {name}" for name in names if name in changing)
