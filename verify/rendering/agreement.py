"""Whether many machines agree: their verification reports held against each other, in one table with one verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import attrs

from verify.conformance.certificate import PROBES
from verify.rendering.report import SCHEMA as REPORT_SCHEMA
from verify.rendering.report import clean
from verify.results import Result, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from verify.results import Verdict

SCHEMA = "repro-appliance/agreement/1"
_SHORT = 12  # hexadecimal digits of a digest in a table
_LONGEST = 1e9  # seconds that a report may say it took
COLUMNS = ("member", "processor", "ISA", "bytes", "BLAS", "NumPy", "Python", "digests", "verdict", "seconds")


@attrs.frozen(kw_only=True)
class Leg:
    """One machine's answer.

    Args:
        name: unique among the legs.
        report: what `verify --json` printed there; None if there is no such thing.
        error: why there is no report.
        seconds: wall time as seen from outside; None to take the report's own.
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
        """What was looked at: ids of checks, with the configuration where there is one."""
        rows = (self.report or {}).get("checks", ())
        return {" ".join(filter(None, (row.get("config"), row["id"]))) for row in rows}

    @property
    def verdict(self) -> Verdict:
        """The leg's own verdict; one that is missing or unknown is a doubt."""
        verdict = (self.report or {}).get("verdict")
        return verdict if verdict in ("identical", "different") else "could-not-judge"


def parse_leg(name: str, text: str, seconds: float | None = None) -> Leg:
    """Return the leg whose report this text is; a text that is none makes a leg with an error."""
    try:
        report = json.loads(text)
    except ValueError as error:
        return Leg(name=name, error=f"no JSON: {error}", seconds=seconds)
    found = report.get("schema") if isinstance(report, dict) else type(report).__name__
    if found != REPORT_SCHEMA:
        return Leg(name=name, error=f"no report of {REPORT_SCHEMA}: {found}", seconds=seconds)
    malformed = _find_malformed(report)
    if malformed:
        return Leg(name=name, error=f"malformed: {malformed}", seconds=seconds)
    return Leg(name=name, report=report, seconds=seconds)


def _find_malformed(report: dict[str, Any]) -> str | None:
    """Return which part of a report is not what `verify --json` prints, as far as it is read here."""
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
    """Return the leg in a file, named after it; a file called report.json is named after its directory."""
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
        legs: the answers, in any order.
        expected: the names that must be there, and no others, each with the configurations that it must have judged;
            None to take those that are.
        goldens: the run digest that each configuration must have; None where none is known.
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
        Result(id="A002", title=f"missing: {name}", status="could-not-judge", remedy="look at its log")
        for name in sorted(set(expected or ()) - set(names))
    ]
    if not legs or len(set(names)) < len(names):
        results.append(Result(id="A002", title="no legs, or two of one name", status="could-not-judge", found=names))
    return [*results, *(_compare_digests(config, legs, goldens) for config in configs)]


def _compare_digests(config: str, legs: Sequence[Leg], goldens: Mapping[str, str] | None) -> Result:
    digests = {leg.name: leg.digests[config] for leg in legs if leg.digests.get(config)}
    if goldens is not None:
        digests["the golden here"] = goldens.get(config)
    values = sorted({str(digest) for digest in digests.values() if digest})
    count = "one digest" if len(values) == 1 else f"{len(values)} digests"
    unknown = not values or (goldens is not None and config not in goldens)
    return Result(
        id="A003",
        title=f"{config}: {count} on {len([leg for leg in legs if leg.digests.get(config)])} legs",
        status="fail" if len(values) > 1 else "could-not-judge" if unknown else "pass",
        found=values[0] if len(values) == 1 else {name: digests[name] for name in sorted(digests)},
        remedy="there is no sound golden of it here" if unknown else None,
    )


def _judge_leg(leg: Leg, configs: Sequence[str], stages: Sequence[str], *, known: bool) -> Result:
    """Return a leg's result: identical only if all probes, and all stages of the configurations, were looked at."""
    if leg.report is None:
        return Result(id="A001", title=f"{leg.name}: no report", status="could-not-judge", found=leg.error)
    if not known:
        return Result(id="A001", title=f"{leg.name}: nobody expected it", status="could-not-judge")
    rows = leg.report["checks"]
    troubles = [f"{row['id']} {row.get('title')}" for row in rows if row.get("status") not in ("pass", "info")]
    if leg.verdict == "different":
        return Result(id="A001", title=f"{leg.name}: different", status="fail", found=troubles)
    lacking = [config for config in configs if not leg.digests.get(config)]
    needed = [probe.id for probe in PROBES] + [f"{config} {stage}" for config in configs for stage in stages]
    lacking += [check for check in needed if check not in leg.checks]
    if leg.verdict == "could-not-judge" or troubles or lacking or not leg.digests:
        found = troubles or [f"without {', '.join(lacking)}" if lacking else "nothing was checked"]
        return Result(id="A001", title=f"{leg.name}: could not judge", status="could-not-judge", found=found)
    return Result(id="A001", title=f"{leg.name}: identical", status="pass")


def conclude_legs(results: Iterable[Result]) -> Verdict:
    """Return the verdict over all results: identical only if every leg and every configuration passed."""
    return judge(results)


def tabulate(legs: Sequence[Leg]) -> list[dict[str, str]]:
    """Return one row per leg with the keys of COLUMNS; what a report does not say is "?"."""
    return [_make_row(leg) for leg in legs]


def _make_row(leg: Leg) -> dict[str, str]:
    environment = (leg.report or {}).get("environment") or {}
    compared, context = environment.get("compared") or {}, environment.get("context") or {}
    seconds = leg.seconds if leg.seconds is not None else (leg.report or {}).get("seconds")
    blas = compared.get("blas.name") or compared.get("blas.build_name")
    kernel = compared.get("blas.kernel")
    digests = [f"{config} {_shorten(digest)}" for config, digest in sorted(leg.digests.items())]
    values = (
        leg.name,
        context.get("cpu.model"),
        compared.get("machine"),
        compared.get("byte_order"),
        f"{blas} {kernel}" if blas and kernel else blas,
        compared.get("numpy.version"),
        compared.get("python.version"),
        ", ".join(digests) or None,
        leg.verdict if leg.report else "no report",
        f"{seconds:.0f}" if isinstance(seconds, int | float) else None,
    )
    return {column: "?" if value is None else str(value) for column, value in zip(COLUMNS, values, strict=True)}


def _shorten(digest: str | None) -> str:
    return digest.removeprefix("sha256:")[:_SHORT] if digest else "none"


def render_table(legs: Sequence[Leg]) -> str:
    """Return the table as text in columns."""
    rows = [dict(zip(COLUMNS, COLUMNS, strict=True)), *tabulate(legs)]
    widths = {column: max(len(row[column]) for row in rows) for column in COLUMNS}
    return "\n".join("  ".join(row[column].ljust(widths[column]) for column in COLUMNS).rstrip() for row in rows)


def render_markdown(legs: Sequence[Leg], results: Sequence[Result]) -> str:
    """Return the table and every trouble as Markdown, the verdict first."""

    def write_row(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

    lines = [f"**{conclude_legs(results)}**: {_count(legs, results)}", "", write_row(COLUMNS)]
    lines += [write_row("---" for _ in COLUMNS), *(write_row(row.values()) for row in tabulate(legs))]
    troubles = [result for result in results if result.status != "pass"]
    if troubles:
        lines += ["", *(f"* {result.id} {result.title}: {result.found}" for result in troubles)]
    return "\n".join(lines) + "\n"


def _count(legs: Sequence[Leg], results: Sequence[Result]) -> str:
    passed = len([result for result in results if result.id == "A001" and result.status == "pass"])
    return f"{passed} of {len(legs)} legs identical"


def render_text(legs: Sequence[Leg], results: Sequence[Result]) -> str:
    """Return the table, every trouble and the verdict as text."""
    troubles = [f"{result.id} {result.title}: {result.found}" for result in results if result.status != "pass"]
    return "\n".join([render_table(legs), *troubles, f"{conclude_legs(results)}: {_count(legs, results)}"])


def render_json(legs: Sequence[Leg], results: Sequence[Result]) -> dict[str, Any]:
    """Return rows, results and verdict as one JSON object, with full digests and each leg's checks."""
    rows = [
        {**row, "digests": leg.digests, "error": leg.error, "checks": (leg.report or {}).get("checks") or []}
        for row, leg in zip(tabulate(legs), legs, strict=True)
    ]
    verdict = conclude_legs(results)
    return {"schema": SCHEMA, "verdict": verdict, "legs": rows, "results": [result.to_json() for result in results]}


def render_junit(results: Sequence[Result]) -> str:
    """Return the results as JUnit XML: a difference is a failure, whatever could not be judged an error."""
    root = ET.Element("testsuites", name="repro-appliance agreement")
    suite = ET.SubElement(root, "testsuite", name="agreement", skipped="0")
    for result in results:
        case = ET.SubElement(suite, "testcase", classname=result.id, name=clean(result.title))
        if result.status != "pass":
            kind = "failure" if result.status == "fail" else "error"
            ET.SubElement(case, kind, message=clean(result.title)).text = clean(result.found)
    verdict = conclude_legs(results)
    case = ET.SubElement(suite, "testcase", classname="verdict", name=verdict)
    if verdict != "identical":
        ET.SubElement(case, "failure" if verdict == "different" else "error", message=verdict)
    tags = ("testcase", "failure", "error")
    suite.attrib.update(
        zip(("tests", "failures", "errors"), (str(len(list(suite.iter(tag)))) for tag in tags), strict=True)
    )
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text.decode("utf-8") + "\n"
