"""Parts made of a verification, of the agreement of many machines, and of a run's own judgement."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from appliance.reports.bodies import take_bodies, take_body, take_number, take_text
from appliance.reports.page import Facts, Folded, Grid, Part, Section, Text, make_grid, shorten
from verify.rendering.machines import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.reports.bodies import Body

_ORDER = ("fail", "different", "could-not-judge", "?", "close", "info", "pass", "identical")
_CHECKS = ("check", "status", "what", "expected", "found", "where")


def build_verification(body: Body) -> Part:
    """Return the part of an answer of `verify --json`."""
    checks, goldens = take_bodies(body, "checks"), take_bodies(body, "goldens")
    statuses = Counter(take_text(row, "status") for row in checks)
    verdicts = Counter(take_text(row, "verdict") for row in goldens)
    judged = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())) or "none"
    seconds = take_number(body, "seconds")
    facts = Facts(
        rows=[
            ("configurations judged", judged),
            ("checks", f"{statuses['pass']} passed, {statuses['fail']} failed, {statuses['could-not-judge']} open"),
            *([("version of the program", body["program"])] if body.get("program") else []),
            *([("duration", f"{seconds:.1f} s")] if seconds is not None else []),
        ]
    )
    return Part(
        kind="verification",
        title="Verification",
        verdict=take_text(body, "verdict"),
        sentence=f"{_count(len(goldens), 'configuration or run was', 'configurations or runs were')} judged: {judged}.",
        sections=(
            Section(title="What was judged", blocks=(facts, list_goldens(goldens))),
            Section(title="Checks", blocks=list_checks(checks)),
            Section(title="The machine", blocks=_list_environment(take_body(body, "environment"))),
        ),
    )


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def list_goldens(goldens: Sequence[Body]) -> Grid:
    """Return the table of configurations with both digests."""
    rows = [
        (row.get("config"), row.get("verdict"), shorten(row.get("expected")), shorten(row.get("found")),
         row.get("here") or "", row.get("made_with") or "")
        for row in sorted(goldens, key=lambda row: _rank(take_text(row, "verdict")))
    ]  # fmt: skip
    columns = ("configuration", "verdict", "expected run digest", "found", "machine", "golden made with")
    return make_grid("Configurations and runs that were judged", columns, rows, status="verdict")


def list_checks(checks: Sequence[Body]) -> tuple[Grid | Folded | Text, ...]:
    """Return the table of checks that did not pass, and the others for those who ask."""
    rows = sorted(checks, key=lambda row: _rank(take_text(row, "status")))
    open_rows = [row for row in rows if row.get("status") in ("fail", "could-not-judge")]
    blocks: list[Grid | Folded | Text] = []
    if open_rows:
        cells = [(*_list_cells(row), row.get("remedy") or "") for row in open_rows]
        blocks.append(make_grid("Checks that did not pass", (*_CHECKS, "what to do"), cells, status="status"))
    else:
        blocks.append(Text(text="No check failed, and none is open."))
    grid = make_grid(f"All {len(rows)} checks", _CHECKS, [_list_cells(row) for row in rows], status="status")
    return (*blocks, Folded(title=f"All {len(rows)} checks", blocks=(grid,)))


def _list_cells(row: Body) -> tuple[Any, ...]:
    config = row.get("config")
    what = f"{row.get('title')} ({config})" if config else row.get("title")
    values = ("" if row.get(name) is None else shorten(row[name]) for name in ("expected", "found", "where"))
    return (row.get("id"), row.get("status"), what, *values)


def _rank(word: str) -> int:
    return _ORDER.index(word) if word in _ORDER else 0


def _list_environment(environment: Body) -> tuple[Folded, ...]:
    compared = take_body(environment, "compared")
    if not compared:
        return ()
    grid = make_grid("Fields that can change native results", ("field", "value"), sorted(compared.items()))
    return (Folded(title="Fields that can change native results", blocks=(grid,)),)


def build_agreement(body: Body) -> Part:
    """Return the part of an answer of `agree --json` or `fleet --json`."""
    legs, results = take_bodies(body, "legs"), take_bodies(body, "results")
    verdict = take_text(body, "verdict")
    verdicts = Counter(take_text(leg, "verdict") for leg in legs)
    counted = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items())) or "none"
    ordered = sorted(legs, key=lambda leg: _rank(take_text(leg, "verdict")))
    return Part(
        kind="agreement",
        title="Agreement of machines",
        verdict=verdict,
        sentence=f"{_count(len(legs), 'machine was', 'machines were')} compared: {counted}.",
        sections=(
            Section(title="Machines", blocks=(_list_machines(ordered),)),
            Section(title="Digests", blocks=_list_digests(legs)),
            Section(title="Checks", blocks=list_checks(results)),
        ),
    )


def _list_machines(legs: Sequence[Body]) -> Grid:
    columns = [name for name in COLUMNS if name != "digests"]
    rows = [[leg.get(name, "?") for name in columns] + [leg.get("error") or ""] for leg in legs]
    return make_grid(
        "Machines, those that differ first", [*columns, "error"], rows, right=["seconds"], status="verdict"
    )


def _list_digests(legs: Sequence[Body]) -> tuple[Grid, ...]:
    """Return which machines gave which digest, for each configuration."""
    groups: dict[tuple[str, str], list[str]] = {}
    for leg in legs:
        for config, digest in sorted(take_body(leg, "digests").items()):
            groups.setdefault((config, digest or "none"), []).append(take_text(leg, "member"))
    configs = Counter(config for config, _ in groups)
    rows = [
        (config, digest, len(members), "all of them" if len(members) == len(legs) else members)
        for (config, digest), members in sorted(groups.items(), key=lambda item: (-configs[item[0][0]], item[0]))
    ]
    columns = ("configuration", "run digest", "machines", "which")
    return (make_grid("Run digests, configurations with several first", columns, rows, right=["machines"]),)
