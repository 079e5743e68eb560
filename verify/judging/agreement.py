"""Compares the verification reports of many machines, and lists what keeps them from being identical."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from verify.conformance.certificate import PROBES
from verify.results import REPORT_SCHEMA, make_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from verify.results import Result, Verdict

_LONGEST = 1e9  # seconds that a report may say it took


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
    report: dict[str, Any] | None = None
    error: str | None = None
    seconds: float | None = None

    @property
    def digests(self) -> dict[str, str | None]:
        """The run digest of every configuration, by name; None where there is none."""
        return {row["config"]: row.get("found") for row in (self.report or {}).get("goldens", ())}

    @property
    def checks(self) -> set[str]:
        """The checks that were made: ids, with the configuration where there is one."""
        rows = (self.report or {}).get("checks", ())
        return {" ".join(filter(None, (row.get("config"), row["id"]))) for row in rows}

    @property
    def verdict(self) -> Verdict:
        """The verdict in the report; could-not-judge where it is missing or unknown."""
        verdict = (self.report or {}).get("verdict")
        return verdict if verdict in ("identical", "different") else "could-not-judge"


def parse_leg(name: str, text: str, seconds: float | None = None) -> Leg:
    """Return a leg from the text of its report; a leg with an error where the text is no report."""
    try:
        report = json.loads(text)
    except ValueError as error:
        return Leg(name=name, error=f"not JSON: {error}", seconds=seconds)
    found = report.get("schema") if isinstance(report, dict) else type(report).__name__
    if found != REPORT_SCHEMA:
        return Leg(name=name, error=f"not a report of schema {REPORT_SCHEMA}: {found}", seconds=seconds)
    malformed = _find_malformed(report)
    if malformed:
        return Leg(name=name, error=f"malformed: {malformed}", seconds=seconds)
    return Leg(name=name, report=report, seconds=seconds)


def _find_malformed(report: dict[str, Any]) -> str | None:
    """Return the first key of a report that has not the form of `verify --json`; only what is used here is checked."""
    for key in ("checks", "goldens"):
        rows = report.get(key)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return key
    for row in report["goldens"]:
        values = (row.get("expected"), row.get("found"))
        if not isinstance(row.get("config"), str) or not all(
            value is None or isinstance(value, str) for value in values
        ):
            return "goldens"
    if not all(isinstance(row.get("id"), str) for row in report["checks"]):
        return "checks"
    environment = report.get("environment", {})
    if not isinstance(environment, dict):
        return "environment"
    if not all(isinstance(environment.get(key, {}), dict) for key in ("compared", "context")):
        return "environment"
    seconds = report.get("seconds", 0)
    return None if isinstance(seconds, int | float) and 0 <= seconds < _LONGEST else "seconds"


def read_leg(path: Path) -> Leg:
    """Return the leg from a report file; its name is the file's, or the directory's if the file is report.json."""
    name = path.parent.name if path.name == "report.json" else path.stem
    try:
        return parse_leg(name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return Leg(name=name, error=str(error))


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
    configs = sorted({config for leg in legs for config in leg.digests})
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
    return [*results, *(_compare_digests(config, legs, goldens) for config in configs)]


def _compare_digests(config: str, legs: Sequence[Leg], goldens: Mapping[str, str] | None) -> Result:
    digests = {leg.name: leg.digests[config] for leg in legs if leg.digests.get(config)}
    if goldens is not None:
        digests["the golden here"] = goldens.get(config)
    values = sorted({str(digest) for digest in digests.values() if digest})
    count = "one digest" if len(values) == 1 else f"{len(values)} digests"
    unknown = not values or (goldens is not None and config not in goldens)
    return make_result(
        "A003",
        "fail" if len(values) > 1 else "could-not-judge" if unknown else "pass",
        title=f"{config}: {count} on {len([leg for leg in legs if leg.digests.get(config)])} legs",
        found=values[0] if len(values) == 1 else {name: digests[name] for name in sorted(digests)},
        remedy="record a golden of it here: repro-appliance golden record NAME" if unknown else None,
    )


def _judge_leg(leg: Leg, configs: Sequence[str], stages: Sequence[str], *, known: bool) -> Result:
    """Return a leg's result: identical only if every probe, and every stage of each configuration, passed."""
    if leg.report is None:
        return make_result("A001", "could-not-judge", title=f"{leg.name}: no report", found=leg.error)
    if not known:
        return make_result("A001", "could-not-judge", title=f"{leg.name}: unexpected leg")
    rows = leg.report["checks"]
    troubles = [f"{row['id']} {row.get('title')}" for row in rows if row.get("status") not in ("pass", "info")]
    if leg.verdict == "different":
        return make_result("A001", "fail", title=f"{leg.name}: different", found=troubles)
    lacking = [config for config in configs if not leg.digests.get(config)]
    needed = [probe.id for probe in PROBES] + [f"{config} {stage}" for config in configs for stage in stages]
    lacking += [check for check in needed if check not in leg.checks]
    if leg.verdict == "could-not-judge" or troubles or lacking or not leg.digests:
        found = troubles or [f"without {', '.join(lacking)}" if lacking else "nothing was checked"]
        return make_result("A001", "could-not-judge", title=f"{leg.name}: could not be judged", found=found)
    return make_result("A001", "pass", title=f"{leg.name}: identical")
