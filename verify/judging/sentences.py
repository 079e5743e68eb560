"""The judgement of a run in one sentence, which names no place of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.results import Judgement, Verdict

_SENTENCES: Mapping[Verdict, str] = {
    "identical": "the run is sound and equals its golden, bit for bit",
    "close": "the run is sound; its losses agree with the golden within a tolerance, bits were not compared",
    "different": "the run differs from its golden",
    "could-not-judge": "the run could not be judged",
}


def describe_verdict(judgement: Judgement) -> str:
    """Return the verdict in words; behind a colon the first check that decided it, where one did not pass."""
    failing = {"different": "fail", "could-not-judge": "could-not-judge"}.get(judgement.verdict)
    first = next((result for result in judgement.results if result.status == failing), None)
    return _SENTENCES[judgement.verdict] + (f": {first.title}" if first else "")
