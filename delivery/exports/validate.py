"""Validates exports with the tools of others: VALIDATOR_PYTHON validate.py CACHE EXPORT... prints the problems as JSON.

It runs in an environment of its own, in which this project is not installed. RO-Crates (a directory, or .zip) are
validated by roc-validator with the profile process-run-crate, and read by the library rocrate. Files of in-toto
Statements (.jsonl) are read by the published protocol buffers, which refuse unknown fields. Nothing is fetched: the one
address that roc-validator asks for is the JSON-LD context of RO-Crate 1.1; the package rocrate has a copy.
"""

from __future__ import annotations

import importlib
import importlib.resources
import io
import json
import sys
from pathlib import Path
from typing import Any

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "process-run-crate"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
_RESULTS = ("PASSED", "WARNED", "FAILED")


def fill_cache(cache: Path) -> None:
    """Put the context of RO-Crate 1.1 into the cache of roc-validator, from the copy in the package rocrate."""
    requests_cache, adapters = importlib.import_module("requests_cache"), importlib.import_module("requests.adapters")
    urllib3 = importlib.import_module("urllib3")
    text = importlib.resources.files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes()
    if json.loads(text)["@id"] != CONTEXT:
        raise ValueError(f"this version of rocrate has no copy of {CONTEXT}")
    base: Any = adapters.HTTPAdapter

    class Copy(base):  # type: ignore[misc]
        """Answers every request with the copy."""

        def send(self, request: Any, **_: Any) -> Any:  # noqa: ANN401 - objects of requests
            """Return the answer."""
            headers = {"Content-Type": "application/ld+json"}
            raw = urllib3.HTTPResponse(body=io.BytesIO(text), status=200, headers=headers, preload_content=False)
            return self.build_response(request, raw)

    with requests_cache.CachedSession(str(cache), backend="sqlite", expire_after=-1) as session:
        session.mount("https://", Copy())
        session.get(CONTEXT)


def validate_crate(path: Path, cache: Path) -> list[str]:
    """Return the problems of a crate, each with its severity."""
    services, models = (importlib.import_module(f"rocrate_validator.{name}") for name in ("services", "models"))
    settings = {
        "rocrate_uri": str(path),
        "profile_identifier": PROFILE,
        "requirement_severity": models.Severity.RECOMMENDED,
        "offline": True,
        "cache_path": str(cache),
        "abort_on_first": False,
    }
    found = services.validate(services.ValidationSettings.parse(settings))
    return [f"{issue.severity.name} {issue.message}" for issue in found.get_issues()] + read_crate(path)


def read_crate(path: Path) -> list[str]:
    """Return what the library rocrate does not find in a crate."""
    library = importlib.import_module("rocrate.rocrate")
    try:
        crate = library.ROCrate(str(path))
        mentioned = crate.root_dataset.get("mentions", [])
        actions = mentioned if isinstance(mentioned, list) else [mentioned]
        lacks = [one.id for one in actions if one.type != "CreateAction" or not one.get("instrument").get("name")]
    except Exception as error:  # noqa: BLE001 - whatever the library raises
        return [f"REQUIRED rocrate: {type(error).__name__}: {error}"]
    if not actions or lacks or not crate.data_entities:
        return [f"REQUIRED rocrate finds no action with an instrument, or no files: {lacks}"]
    return []


def validate_statements(path: Path) -> list[str]:
    """Return the problems of a file of statements."""
    problems = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            _read_statement(line)
        except Exception as error:  # noqa: BLE001 - whatever the library raises
            problems.append(f"REQUIRED line {number}: {type(error).__name__}: {error}")
    return problems or ([] if path.stat().st_size else ["REQUIRED no statement"])


def _read_statement(line: str) -> None:
    """Raise an error for a line that is no statement in the published form."""
    parse = importlib.import_module("google.protobuf.json_format").Parse
    v1 = "in_toto_attestation.v1"
    statements, descriptors = (importlib.import_module(f"{v1}.{name}") for name in ("statement", "resource_descriptor"))
    found = parse(line, importlib.import_module(f"{v1}.statement_pb2").Statement())
    statements.Statement.copy_from_pb(found).validate()
    if found.predicate_type != TEST_RESULT:
        return
    forms = importlib.import_module("in_toto_attestation.predicates.test_result.v0.test_result_pb2")
    result = parse(json.dumps(json.loads(line)["predicate"]), forms.TestResult())
    if result.result not in _RESULTS or not result.configuration:
        raise ValueError(f"the result is {result.result!r}, with {len(result.configuration)} configurations")
    for descriptor in result.configuration:
        descriptors.ResourceDescriptor.copy_from_pb(descriptor).validate()


def main() -> int:
    """Print the problems of every export; return the exit code."""
    cache = Path(sys.argv[1])
    fill_cache(cache)
    problems = {}
    for path in map(Path, sys.argv[2:]):
        problems[str(path)] = validate_statements(path) if path.suffix == ".jsonl" else validate_crate(path, cache)
    print(json.dumps(problems))
    return 0


if __name__ == "__main__":
    sys.exit(main())
