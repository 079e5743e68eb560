"""The judgement of a run as in-toto Statements: a test result, and a judgement that can say "could not judge".

The forms are those of https://github.com/in-toto/attestation/tree/main/spec (Statement v1, Test Result v0.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.exports.exported import Exported
from appliance.exports.exported_run import read_runs
from verify.catalogue.table import find_check
from verify.digests import digest_bytes, format_canonical
from verify.files.machine import MACHINE
from verify.files.record import STAGES
from verify.files.settings import CONFIG_NAME
from verify.files.writing import require_directory, write_whole
from verify.judging.sentences import describe_verdict
from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.exports.exported_run import ExportedRun
    from appliance.exports.request import Request
    from verify.digests import JsonObject, JsonValue
    from verify.results import Judgement, Result, Verdict

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
JUDGEMENT = "https://github.com/repro-appliance/repro-appliance/blob/main/docs/exports.md#judgement-1"
SUFFIX = ".jsonl"
_WHAT = "the file of statements"
_PASSED, _WARNED, _FAILED = "PASSED", "WARNED", "FAILED"
_RESULTS: Mapping[Verdict, str] = {
    "identical": _PASSED,
    "close": _WARNED,
    "could-not-judge": _WARNED,
    "different": _FAILED,
}
_TESTS = {"pass": "passedTests", "could-not-judge": "warnedTests", "fail": "failedTests"}
_LOSSES = "V013"
_DIRECTORY = "J"  # results about the directory name places of this machine


def export_statements(request: Request) -> Exported:
    """Write two statements for each run, a line of JSON each.

    Raises:
        UsageError: the file has another name, or cannot be written.
        CouldNotJudgeError: a run is not sound.
    """
    request.require_suffix(SUFFIX)
    require_directory(request.out, what=_WHAT)
    runs = read_runs(request.runs, request.goldens)
    content = b"".join(format_statements(run) for run in runs)
    write_whole(request.out, content, what=_WHAT)
    return Exported(
        form="in-toto",
        runs=tuple(run.run.record for run in runs),
        files={request.out: digest_bytes(content)},
        details={"verdicts": {run.name: run.judgement.verdict for run in runs}},
        lines=tuple(
            f"{run.name}: {_RESULTS[run.judgement.verdict]}; {describe_verdict(run.judgement)}" for run in runs
        ),
    )


def format_statements(run: ExportedRun, prefix: str = "") -> bytes:
    """Return the statements on a run as lines of JSON.

    Args:
        run: the run.
        prefix: what stands before the names of its files.
    """
    predicates = {TEST_RESULT: _describe_tests(run), JUDGEMENT: _describe_judgement(run)}
    subjects = _list_subjects(run, prefix)
    statements = [
        {"_type": STATEMENT, "subject": subjects, "predicateType": kind, "predicate": predicate}
        for kind, predicate in predicates.items()
    ]
    return "".join(f"{format_canonical(statement)}\n" for statement in statements).encode("ascii")


def _list_subjects(run: ExportedRun, prefix: str) -> list[JsonValue]:
    """Return the files of the run, then its results: digests over canonical bytes of arrays and values."""
    files = [_describe(f"{prefix}{name}", digest_bytes(content)) for name, content in sorted(run.files.items())]
    digests = run.run.record.digests
    results = [_describe(f"result:{stage}", getattr(digests, stage)) for stage in STAGES]
    return [*files, *results]


def _describe(name: str, digest: str, **annotations: str) -> dict[str, JsonValue]:
    """Return a ResourceDescriptor."""
    found: dict[str, JsonValue] = {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}
    return {**found, "annotations": annotations} if annotations else found


def _describe_tests(run: ExportedRun) -> JsonObject:
    judgement, record = run.judgement, run.run.record
    configuration = [
        _describe(CONFIG_NAME, digest_bytes(run.files[CONFIG_NAME])),
        _describe(f"settings of {record.config}", record.config_digest, profile=record.profile, bits=str(record.bits)),
        *([_describe(f"goldens/{record.config}.json", digest_bytes(run.golden))] if run.golden is not None else []),
    ]
    tests: dict[str, list[str]] = {name: [] for name in _TESTS.values()}
    for result in judgement.results:
        if result.status in _TESTS:
            tests[_TESTS[_read_status(result, judgement)]].append(_name_test(result))
    lists: dict[str, JsonValue] = {name: list(dict.fromkeys(found)) for name, found in tests.items()}
    return {"result": _RESULTS[judgement.verdict], "configuration": configuration, **lists}


def _read_status(result: Result, judgement: Judgement) -> str:
    """Return the status of a result; losses that are only close are a warning."""
    close = result.id == _LOSSES and judgement.verdict == "close"
    return "could-not-judge" if close else result.status


def _name_test(result: Result) -> str:
    return f"{result.id} {find_check(result.id).title}"


def _describe_judgement(run: ExportedRun) -> JsonObject:
    judgement, record = run.judgement, run.run.record
    machine = MACHINE.to_json(run.run.machine)
    return {
        "verdict": judgement.verdict,
        "sentence": describe_verdict(judgement),
        "basis": judgement.basis,
        "config": record.config,
        "config_digest": record.config_digest,
        "profile": record.profile,
        "precision": record.precision,
        "bits": record.bits,
        "run": record.digests.run,
        "golden": None if run.golden is None else {"run": judgement.expected, "file": digest_bytes(run.golden)},
        "made_on": attrs.asdict(run.run.fingerprint.summarize()),
        "certificate": machine.get("certificate"),
        "judged_by": {"name": "repro-appliance", "version": __version__},
        "checks": [_describe_result(result) for result in judgement.results],
    }


def _describe_result(result: Result) -> JsonObject:
    found: dict[str, JsonValue] = {"id": result.id, "title": find_check(result.id).title, "status": result.status}
    if result.status == "pass" or result.id.startswith(_DIRECTORY):
        return found
    return {**found, "expected": result.expected, "found": result.found, "where": result.where}
