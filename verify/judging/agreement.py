"""Compares the verification reports of many machines, and lists what keeps them from being identical."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.conformance.certificate import PROBES
from verify.files.reports import VERIFICATION
from verify.judging.expectation import Expectation, list_mismatches
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from verify.judging.legs import Leg
    from verify.results import Result


_GOLDEN = "the golden here"


def compare_legs(
    legs: Sequence[Leg],
    expected: Mapping[str, Expectation] | None = None,
    goldens: Mapping[str, str] | None = None,
    program: str | None = None,
) -> list[Result]:
    """Return results per leg (A001), per expected leg that is missing (A002), per configuration (A003), on all (A004).

    Args:
        legs: the legs, in any order.
        expected: all legs that must be present, by name, with what each was to be; None to accept the legs that are
            present.
        goldens: the run digest that each configuration must have; None to compare the legs with each other only.
        program: the digest of the source of the program here; None not to compare it.
    """
    names = [leg.name for leg in legs]
    configs = sorted({config for leg in legs for config in leg.digests})
    stages = sorted({check.partition(" ")[2] for leg in legs for check in leg.checks} - {""})
    results = []
    for leg in legs:
        needed = (expected or {}).get(leg.name, Expectation())
        known = expected is None or leg.name in expected
        result = _judge_leg(leg, needed.configs or configs, stages, known=known)
        if result.status == "pass":
            result = _compare_machine(leg, needed, goldens or {}) or result
        results.append(result)
    results += [
        make_result("A002", "could-not-judge", title=f"missing: {name}", found="there is no report of this name")
        for name in sorted(set(expected or ()) - set(names))
    ]
    if not legs or len(set(names)) < len(names):
        title = "there are no legs, or two legs have one name"
        results.append(make_result("A002", "could-not-judge", title=title, found=", ".join(names) or "no report"))
    results += _find_copies(legs, expected or {})
    results += [_compare_digests(config, legs, goldens) for config in configs]
    return [*results, *_compare_programs(legs, program, decides=expected is not None)]


def _compare_digests(config: str, legs: Sequence[Leg], goldens: Mapping[str, str] | None) -> Result:
    """Compare the digests of one configuration; several are given as classes, each with its legs."""
    digests = [(leg.name, digest) for leg in legs if (digest := leg.digests.get(config))]
    count, golden = len(digests), (goldens or {}).get(config)
    classes = _group([*([(_GOLDEN, golden)] if golden else []), *digests])
    kinds = "one digest" if len(classes) == 1 else f"{len(classes)} digests"
    unknown = not classes or (goldens is not None and golden is None)
    return make_result(
        "A003",
        "fail" if len(classes) > 1 else "could-not-judge" if unknown else "pass",
        title=f"{config}: {kinds} on {count} legs",
        found=next(iter(classes), None) if len(classes) == 1 else classes,
        remedy=f"record a golden of it here: repro-appliance golden record {config}" if unknown else None,
    )


def _group(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the names that share a value, by value, the largest group first."""
    classes: dict[str, list[str]] = {}
    for name, value in rows:
        classes.setdefault(value, []).append(name)
    return dict(sorted(classes.items(), key=lambda item: (-len(item[1]), item[0])))


def _compare_programs(legs: Sequence[Leg], here: str | None, *, decides: bool) -> list[Result]:
    """Compare the source of the program on all legs and here; nothing where no report states it."""
    rows = [(leg.name, str(leg.environment.context.get("program.source") or "unknown")) for leg in legs if leg.report]
    if {source for _, source in rows} <= {"unknown"}:
        return []
    classes = _group([*([("the program here", here)] if here else []), *rows])
    if len(classes) == 1:
        return [make_result("A004", "pass", found=next(iter(classes)))]
    title = f"the legs and this command are {len(classes)} programs"
    return [make_result("A004", "could-not-judge" if decides else "info", title=title, found=classes)]


def _find_copies(legs: Sequence[Leg], expected: Mapping[str, Expectation]) -> list[Result]:
    """Return a result for reports that are equal to the last digit of their times, under names of described legs."""
    described = [leg for leg in legs if leg.report and leg.name in expected and expected[leg.name].stated]
    texts = [(leg.name, VERIFICATION.format(leg.report)) for leg in described if leg.report]
    copies = [names for names in _group(texts).values() if len(names) > 1]
    return [
        make_result("A002", "could-not-judge", title="one report has several names", found=", ".join(names))
        for names in copies
    ]


def _compare_machine(leg: Leg, expected: Expectation, goldens: Mapping[str, str]) -> Result | None:
    """Return what makes a leg that passed not identical: another machine than stated, or other digests than here."""
    others = {config: digest for config, digest in leg.digests.items() if digest != goldens.get(config, digest)}
    if others:
        found = ", ".join(f"{config} {digest}" for config, digest in others.items())
        return make_result("A001", "fail", title=f"{leg.name}: not the digests of the goldens here", found=found)
    rows = list_mismatches(expected, leg.environment)
    if not rows:
        return None
    return make_result(
        "A001",
        "could-not-judge",
        title=f"{leg.name}: not the machine that it was to be",
        expected=", ".join(f"{name} {value}" for name, value, _ in rows),
        found=", ".join(f"{name} {value}" for name, _, value in rows),
        remedy="the report of another machine has this name: look at how the reports were collected",
    )


def _judge_leg(leg: Leg, configs: Sequence[str], stages: Sequence[str], *, known: bool) -> Result:
    """Return a leg's result: identical only if every probe, and every stage of each configuration, passed."""
    if leg.report is None:
        return make_result("A001", "could-not-judge", title=f"{leg.name}: no report", found=leg.error)
    if not known:
        return make_result("A001", "could-not-judge", title=f"{leg.name}: unexpected leg")
    troubles = [f"{row.id} {row.title}" for row in leg.report.checks if row.status not in ("pass", "info")]
    if leg.verdict == "different":
        return make_result("A001", "fail", title=f"{leg.name}: different", found="; ".join(troubles) or None)
    digests, made = leg.digests, leg.checks
    lacking = [config for config in configs if not digests.get(config)]
    needed = [probe.id for probe in PROBES] + [f"{config} {stage}" for config in configs for stage in stages]
    lacking += [check for check in needed if check not in made]
    if leg.verdict == "close":
        found = "losses agree within a tolerance, bits were not compared"
        return make_result("A001", "could-not-judge", title=f"{leg.name}: close", found=found)
    if leg.verdict == "could-not-judge" or troubles or lacking or not digests:
        missing = f"without {', '.join(lacking)}" if lacking else "nothing was checked"
        found = "; ".join(troubles) or missing
        return make_result("A001", "could-not-judge", title=f"{leg.name}: could not be judged", found=found)
    return make_result("A001", "pass", title=f"{leg.name}: identical")
