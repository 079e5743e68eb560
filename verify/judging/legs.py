"""The verification report of one machine of many, or the reason why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.reading import read_bytes
from verify.files.reports import VERIFICATION, Environment

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.reports import Verification
    from verify.results import Verdict


@attrs.frozen(kw_only=True)
class Leg:
    """One machine's verification report, or the reason why there is none.

    Args:
        name: unique among the legs.
        report: what `verify --json` printed there; None if there is no valid report.
        error: why there is no report.
        seconds: wall time as measured by the caller; None to use the time in the report.
    """

    name: str
    report: Verification | None = None
    error: str | None = None
    seconds: float | None = None

    @property
    def digests(self) -> dict[str, str | None]:
        """The run digest of every configuration, by name; None where there is none."""
        return {row.config: row.found for row in self.report.goldens} if self.report else {}

    @property
    def checks(self) -> set[str]:
        """The checks that were made: ids, with the configuration where there is one."""
        rows = self.report.checks if self.report else ()
        return {" ".join(filter(None, (row.config, row.id))) for row in rows}

    @property
    def environment(self) -> Environment:
        """The machine, as far as the report says."""
        return (self.report and self.report.environment) or Environment()

    @property
    def verdict(self) -> Verdict:
        """The verdict in the report; could-not-judge where it is missing or unknown."""
        verdicts: tuple[Verdict, ...] = ("identical", "close", "different")
        return next((v for v in verdicts if self.report and self.report.verdict == v), "could-not-judge")


def parse_leg(name: str, text: bytes | str, seconds: float | None = None) -> Leg:
    """Return a leg from the text of its report; a leg with an error where the text is no report."""
    try:
        return Leg(name=name, report=VERIFICATION.parse_text(text, name), seconds=seconds)
    except CouldNotJudgeError as error:
        return Leg(name=name, error=f"{error.title}: {error.found}", seconds=seconds)


def read_leg(path: Path) -> Leg:
    """Return the leg from a report file; its name is the file's, or the directory's if the file is report.json."""
    name = path.parent.name if path.name == "report.json" else path.stem
    try:
        return parse_leg(name, read_bytes(path, limit=VERIFICATION.limit, what=VERIFICATION.name))
    except UsageError as error:
        return Leg(name=name, error=f"{error.title}: {error.found}")
