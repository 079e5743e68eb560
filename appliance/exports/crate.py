"""Runs as a Process Run Crate 0.5 on RO-Crate 1.1: files, and what made them, in the words of schema.org.

The forms are those of https://www.researchobject.org/workflow-run-crate/profiles/process_run_crate and
https://www.researchobject.org/ro-crate/specification/1.1. Newer versions of both exist; these are the newest that the
validator of RO-Crate has a Process Run Crate for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.exports.crate_actions import describe_action
from appliance.exports.crate_entities import describe_agent, describe_file, describe_license, refer
from appliance.exports.exported import Exported
from appliance.exports.exported_run import read_runs
from appliance.exports.writing import require_new, write_files
from verify.digests import digest_bytes
from verify.files.writing import format_json
from verify.judging.sentences import describe_verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.exports.exported_run import ExportedRun
    from appliance.exports.request import Request
    from verify.digests import JsonObject, JsonValue

METADATA = "ro-crate-metadata.json"
SUFFIX = ".zip"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_CONTEXT: JsonValue = [f"{SPECIFICATION}/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]


def export_crate(request: Request) -> Exported:
    """Write runs as a crate: a directory, or a zip archive if the name ends in .zip.

    Raises:
        UsageError: the name is taken, or the files cannot be written.
        CouldNotJudgeError: a run is not sound.
    """
    require_new(request.out, SUFFIX)
    runs = read_runs(request.runs, request.goldens)
    files = list_run_files(runs)
    files[METADATA] = format_crate(runs, files, request)
    written = write_files(files, request.out, SUFFIX)
    return Exported(
        form="ro-crate",
        runs=tuple(run.run.record for run in runs),
        files={path: digest_bytes(content) for path, content in written.items()},
        details={"specification": SPECIFICATION, "profile": PROFILE},
        lines=("Process Run Crate 0.5 on RO-Crate 1.1",),
    )


def list_run_files(runs: Sequence[ExportedRun]) -> dict[str, bytes]:
    """Return the files of runs by their paths in an export."""
    return {f"{run.place}/{name}": content for run in runs for name, content in run.files.items()}


def format_crate(
    runs: Sequence[ExportedRun],
    files: Mapping[str, bytes],
    request: Request,
    others: Sequence[JsonObject] = (),
) -> bytes:
    """Return the metadata of a crate.

    Args:
        runs: what was trained.
        files: all files that the metadata gives a digest for, by path.
        request: what was asked for, with terms and agent.
        others: entities of files without a digest.
    """
    entities = [describe_file(path, content) for path, content in sorted(files.items())] + list(others)
    license_, agent = describe_license(request.license), describe_agent(request.agent)
    actions = [describe_action(run, agent) for run in runs]
    root: JsonObject = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Training of {', '.join(run.run.record.config for run in runs)}",
        "description": "; ".join(f"{run.place}: {describe_verdict(run.judgement)}" for run in runs),
        "datePublished": max(run.run.machine.written for run in runs),
        "license": refer(license_),
        **({"author": refer(agent)} if agent else {}),
        "conformsTo": {"@id": PROFILE},
        "hasPart": [refer(entity) for entity in entities],
        "mentions": [refer(action[0]) for action in actions],
    }
    graph: list[JsonObject] = [
        {"@id": METADATA, "@type": "CreativeWork", "conformsTo": {"@id": SPECIFICATION}, "about": refer(root)},
        root,
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        license_,
        *([agent] if agent else []),
        *entities,
        *(entity for action in actions for entity in action),
    ]
    once = {str(entity["@id"]): {name: _unwrap(value) for name, value in entity.items()} for entity in graph}
    return format_json({"@context": _CONTEXT, "@graph": list(once.values())}).encode("ascii")


def _unwrap(value: JsonValue) -> JsonValue:
    """Return the only value of a list in its place, as RO-Crate recommends."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
