"""Compares the verification reports of many machines, and lists what keeps them from being identical."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.conformance.certificate import PROBES
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.reading import read_bytes
from verify.files.reports import VERIFICATION
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from verify.files.reports import Verification
    from verify.results import Result, Verdict


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


def compare_legs(
    legs: Sequence[Leg],
    expected: Mapping[str, Sequence[str]] | None = None,
    goldens: Mapping[str, str] | None = None,
) -> list[Result]:
    """Return one result per leg (A001), per expected leg that is missing (A002), and per configuration (A003).

    Args:
        legs: the legs, in any order.
        expected: the names of all legs that must be present, each with the configurations that it must have judged;
            None to accept the legs that are present.
        goldens: the run digest that each configuration must have; None to compare the legs with each other only.
    """
    names = [leg.name for leg in legs]
    digests = [leg.digests for leg in legs]
    configs = sorted({config for found in digests for config in found})
    stages = sorted({check.partition(" ")[2] for leg in legs for check in leg.checks} - {""})
    results = []
    for leg in legs:
        needed = (expected or {}).get(leg.name) or configs
        known = expected is None or leg.name in expected
        results.append(_judge_leg(leg, needed, stages, known=known))
    results += [
        make_result("A002", "could-not-judge", title=f"missing: {name}")
        for name in sorted(set(expected or ()) - set(names))
    ]
    if not legs or len(set(names)) < len(names):
        title = "there are no legs, or two legs have one name"
        results.append(make_result("A002", "could-not-judge", title=title, found=names))
    return [*results, *(_compare_digests(config, names, digests, goldens) for config in configs)]


def _compare_digests(
    config: str,
    names: Sequence[str],
    found: Sequence[Mapping[str, str | None]],
    goldens: Mapping[str, str] | None,
) -> Result:
    digests = {name: row[config] for name, row in zip(names, found, strict=True) if row.get(config)}
    count = len(digests)
    if goldens is not None:
        digests["the golden here"] = goldens.get(config)
    values = sorted({str(digest) for digest in digests.values() if digest})
    kinds = "one digest" if len(values) == 1 else f"{len(values)} digests"
    unknown = not values or (goldens is not None and config not in goldens)
    return make_result(
        "A003",
        "fail" if len(values) > 1 else "could-not-judge" if unknown else "pass",
        title=f"{config}: {kinds} on {count} legs",
        found=values[0] if len(values) == 1 else {name: digests[name] for name in sorted(digests)},
        remedy="record a golden of it here: repro-appliance golden record NAME" if unknown else None,
    )


def _judge_leg(leg: Leg, configs: Sequence[str], stages: Sequence[str], *, known: bool) -> Result:
    """Return a leg's result: identical only if every probe, and every stage of each configuration, passed."""
    if leg.report is None:
        return make_result("A001", "could-not-judge", title=f"{leg.name}: no report", found=leg.error)
    if not known:
        return make_result("A001", "could-not-judge", title=f"{leg.name}: unexpected leg")
    troubles = [f"{row.id} {row.title}" for row in leg.report.checks if row.status not in ("pass", "info")]
    if leg.verdict == "different":
        return make_result("A001", "fail", title=f"{leg.name}: different", found=troubles)
    digests, made = leg.digests, leg.checks
    lacking = [config for config in configs if not digests.get(config)]
    needed = [probe.id for probe in PROBES] + [f"{config} {stage}" for config in configs for stage in stages]
    lacking += [check for check in needed if check not in made]
    if leg.verdict == "could-not-judge" or troubles or lacking or not digests:
        found = troubles or [f"without {', '.join(lacking)}" if lacking else "nothing was checked"]
        return make_result("A001", "could-not-judge", title=f"{leg.name}: could not be judged", found=found)
    return make_result("A001", "pass", title=f"{leg.name}: identical")
