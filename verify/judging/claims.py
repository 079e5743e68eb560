"""How the claims of an evidence bundle ended: reproduced, changed, could not judge."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.digests import JsonObject
    from verify.files.bundle import Claim
    from verify.results import Judgement, Result, Verdict

Outcome = Literal["reproduced", "changed", "could-not-judge"]

_OUTCOMES: Mapping[Verdict, Outcome] = MappingProxyType(
    {
        "identical": "reproduced",
        "close": "could-not-judge",
        "different": "changed",
        "could-not-judge": "could-not-judge",
    }
)
_REPRODUCED = "every digest is the same"
_CLOSE = "losses agree; bits cannot be compared here"
_UNTRAINED = "it was not trained again"


@attrs.frozen(kw_only=True)
class ClaimOutcome:
    """How one claim ended.

    Args:
        claim: the claim.
        status: how it ended.
        sentence: why, in words.
        found: the run digest of the new training; None where there was none.
        remedy: what the reader can do, where it was not reproduced.
    """

    claim: Claim
    status: Outcome
    sentence: str
    found: str | None = None
    remedy: str | None = None

    def to_json(self) -> JsonObject:
        """Return the outcome as a JSON object."""
        claim = self.claim
        return {
            "id": claim.id,
            "config": claim.config,
            "status": self.status,
            "sentence": self.sentence,
            "claimed": {"verdict": claim.verdict, "sentence": claim.sentence, "run": claim.digests.run},
            "found": self.found,
            "remedy": self.remedy,
        }


def conclude_claim(claim: Claim, judgement: Judgement) -> ClaimOutcome:
    """Return how a claim ended, from the judgement of its run and of its new training."""
    decisive = _find_decisive(judgement)
    trained = any(result.id.startswith("R") for result in judgement.results)
    if decisive is None:
        sentence = _UNTRAINED if not trained else _CLOSE if judgement.verdict == "close" else _REPRODUCED
        status: Outcome = _OUTCOMES[judgement.verdict] if trained else "could-not-judge"
        return ClaimOutcome(claim=claim, status=status, sentence=sentence, found=judgement.found)
    return ClaimOutcome(
        claim=claim,
        status=_OUTCOMES[judgement.verdict],
        sentence=decisive.title,
        found=judgement.found if trained else None,
        remedy=decisive.remedy,
    )


def conclude_without_host(claim: Claim) -> ClaimOutcome:
    """Return that a claim could not be judged, because this machine does not conform."""
    sentence = "this machine does not conform, so nothing was trained on it"
    remedy = "to see why: repro-appliance certify"
    return ClaimOutcome(claim=claim, status="could-not-judge", sentence=sentence, remedy=remedy)


def _find_decisive(judgement: Judgement) -> Result | None:
    """Return the first failure; if there is none, the first doubt; None if everything passed."""
    for status in ("fail", "could-not-judge"):
        found = next((result for result in judgement.results if result.status == status), None)
        if found is not None:
            return found
    return None
