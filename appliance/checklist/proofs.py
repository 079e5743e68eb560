"""Weighs what files of evidence say: for the run, against it, or about something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.checklist.replies import Answer, answer_no, answer_yes, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.checklist.answers import Evidence
    from appliance.checklist.replies import Remedy


@attrs.frozen(kw_only=True)
class Proof:
    """What one file says: True for the run, False against it, None about something else; in words."""

    holds: bool | None
    text: str
    file: str

    def tell(self) -> Evidence:
        """Return it as evidence."""
        return say(self.text, self.file)


def weigh(proofs: Iterable[Proof], *, wanted: str, remedy: str | Remedy, doubt: str | Remedy) -> Answer:
    """Return the answer over files of evidence: one against the run decides, then one for it.

    Args:
        proofs: what every file of the right kind says.
        wanted: what was not given, in words.
        remedy: what makes the evidence.
        doubt: what to do about evidence against the run.
    """
    found = tuple(proofs)
    against = tuple(proof.tell() for proof in found if proof.holds is False)
    if against:
        return answer_no(*against, remedy=doubt)
    held = tuple(proof.tell() for proof in found if proof.holds)
    if held:
        return answer_yes(*held)
    others = (proof.tell() for proof in found)
    return answer_no(say(f"no evidence was given: {wanted}"), *others, remedy=remedy)
