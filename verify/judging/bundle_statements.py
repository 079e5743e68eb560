"""Whether what an evidence bundle states beside its claims says the same: statements, checklists, answers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from verify.digests import digest_bytes
from verify.files.bundle import CHECKLISTS, STATEMENTS_NAME
from verify.files.listing_answers import LISTINGS
from verify.files.reading import parse_json
from verify.files.record import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verify.digests import JsonValue
    from verify.files.bundle import Claim, Manifest

    Rows = Iterator[tuple[str, object, object]]

_EACH = 2  # statements on a run: the result of its tests, and our judgement
_RESULTS = {"identical": "PASSED", "close": "WARNED", "could-not-judge": "WARNED", "different": "FAILED"}
_STATED = ("verdict", "sentence", "config", "config_digest", "profile", "precision", "bits")
_ANSWERED = ("run", "config", "config_digest", "seed", "profile")


def compare_statements(manifest: Manifest, files: Mapping[str, bytes], where: object) -> Rows:
    """Compare subjects, results and judgements of the statements with files and claims, two statements for a claim."""
    place = f"{where}, {STATEMENTS_NAME}"
    lines = files[STATEMENTS_NAME].splitlines()
    found = [parse_json(line, where=place, what="a statement") for line in lines if line]
    if len(found) != _EACH * len(manifest.claims):
        yield f"{STATEMENTS_NAME} is about other claims", f"{_EACH} statements on each claim", f"{len(found)} of them"
        return
    for number, claim in enumerate(manifest.claims):
        tests, judgement = found[_EACH * number : _EACH * (number + 1)]
        for statement in (tests, judgement):
            yield from _compare_subjects(claim, files, statement)
        yield from _compare(claim, "result", _RESULTS[claim.verdict], _read(tests, "predicate", "result"))
        for name in _STATED:
            yield from _compare(claim, name, getattr(claim, name), _read(judgement, "predicate", name))
        yield from _compare(claim, "run digest", claim.digests.run, _read(judgement, "predicate", "run"))


def _compare_subjects(claim: Claim, files: Mapping[str, bytes], statement: JsonValue) -> Rows:
    """Compare the subjects of one statement with the files of the run and with its results."""
    expected = {name: digest_bytes(content) for name, content in files.items() if name.startswith(f"{claim.run}/")}
    expected |= {f"result:{stage}": getattr(claim.digests, stage) for stage in STAGES}
    rows = _read(statement, "subject")
    subjects = rows if isinstance(rows, list) else []
    stated = {str(_read(row, "name")): f"sha256:{_read(row, 'digest', 'sha256')}" for row in subjects}
    for name in sorted(expected.keys() | stated.keys()):
        if expected.get(name) != stated.get(name):
            yield f"{STATEMENTS_NAME} is about another {name}", expected.get(name), stated.get(name)


def _compare(claim: Claim, what: str, expected: object, found: object) -> Rows:
    if expected != found:
        yield f"{STATEMENTS_NAME} states another {what} than the claim {claim.id}", expected, found


def compare_checklists(manifest: Manifest, files: Mapping[str, bytes], where: object) -> Rows:
    """Compare what the checklists are about with the claims, and their numbers of answers with the answers."""
    for claim in manifest.claims:
        path = f"{CHECKLISTS}/{claim.id}.json"
        found: Any = LISTINGS["checklist"].parse_text(files[path], f"{where}, {path}")
        expected = {name: getattr(claim, name) for name in _ANSWERED} | {"run_digest": claim.digests.run}
        for name, value in expected.items():
            if getattr(found, name) != value:
                yield f"{path} is about another {name.replace('_', ' ')}", value, getattr(found, name)
        counts = Counter(item.status for part in found.parts for item in part.items)
        stated = {status: count for status, count in found.counts.items() if count}
        if stated != counts:
            yield f"{path} counts other answers than it has", dict(counts), stated


def compare_evidence(manifest: Manifest, files: Mapping[str, bytes], where: object) -> Rows:
    """Compare what the manifest repeats of each answer that is kept with the answer."""
    for row in manifest.evidence:
        answer = parse_json(files[row.file], where=f"{where}, {row.file}", what="an answer that is kept")
        texts = {name: _read(answer, name) for name in ("schema", "verdict", "sentence")}
        for name, found in texts.items():
            expected = found if isinstance(found, str) else None
            if getattr(row, name) != expected:
                yield f"another {name} is stated of {row.file} than it has", expected, getattr(row, name)


def _read(value: JsonValue, *names: str) -> JsonValue:
    """Return a value inside of objects; None where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
