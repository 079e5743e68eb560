"""A check as an entry of the catalogue: its id, and what everybody should know about it."""

from __future__ import annotations

from typing import Literal

import attrs
from attrs import validators as v

# The verdict where the check does not pass: exit codes 1, 3 and 2; a note does not change the verdict.
Severity = Literal["different", "could-not-judge", "data error", "note"]
SEVERITIES: tuple[Severity, ...] = ("different", "could-not-judge", "data error", "note")


@attrs.frozen(kw_only=True)
class Check:
    """One check.

    Args:
        id: a letter and three digits, never given to another check.
        title: one line that is true where the check passes.
        meaning: what is compared, and what it means where it does not pass.
        remedy: what the reader can do then; a result may know better.
        severity: the effect on the verdict where it does not pass.
    """

    id: str = attrs.field(validator=v.matches_re("[A-Z][0-9]{3}"))
    title: str
    meaning: str
    remedy: str
    severity: Severity = attrs.field(default="different", validator=v.in_(SEVERITIES))
