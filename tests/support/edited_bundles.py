"""Bundles that somebody has edited and made consistent again: sizes and digests fit what is in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from verify.digests import digest_bytes
from verify.files.archive import format_archive, parse_archive
from verify.files.bundle import MANIFEST_NAME, METADATA_NAME, STATEMENTS_NAME
from verify.files.writing import format_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Files = dict[str, bytes]
    Manifest = dict[str, Any]


_STATED = ("verdict", "sentence", "config", "config_digest", "profile", "precision", "bits")
_RESULTS = {"identical": "PASSED", "close": "WARNED", "could-not-judge": "WARNED", "different": "FAILED"}


def edit_bundle(
    source: Path,
    out: Path,
    change_files: Callable[[Files], None] | None = None,
    change_manifest: Callable[[Manifest], None] | None = None,
    change_last: Callable[[Files], None] | None = None,
) -> Path:
    """Write a bundle with other files or claims, in which every digest is right again.

    Args:
        source: the bundle.
        out: what to write.
        change_files: changes files before statements and checklists follow the claims.
        change_manifest: changes the claims.
        change_last: changes files afterwards.
    """
    files = parse_archive(source.read_bytes(), source)
    manifest = json.loads(files.pop(MANIFEST_NAME))
    if change_files:
        change_files(files)
    if change_manifest:
        change_manifest(manifest)
    files[STATEMENTS_NAME] = _renew_statements(files, manifest)
    files |= _renew_checklists(files, manifest)
    if change_last:
        change_last(files)
    files[METADATA_NAME] = _renew_metadata(files)
    manifest["files"] = [
        {"path": path, "size": len(content), "digest": digest_bytes(content)} for path, content in sorted(files.items())
    ]
    out.write_bytes(format_archive({**files, MANIFEST_NAME: format_json(manifest).encode("ascii")}))
    return out


def _renew_statements(files: Files, manifest: Manifest) -> bytes:
    """Return statements with the digests of the files, and the verdicts of the claims."""
    claims = {claim["run"]: claim for claim in manifest["claims"]}
    lines = []
    for line in files[STATEMENTS_NAME].splitlines():
        statement = json.loads(line)
        names = [row["name"] for row in statement["subject"]]
        run = "/".join(names[0].split("/")[:2])
        if run not in claims:
            continue
        claim = claims[run]
        for row in statement["subject"]:
            if row["name"] in files:
                row["digest"]["sha256"] = digest_bytes(files[row["name"]]).removeprefix("sha256:")
            elif row["name"].startswith("result:"):
                row["digest"]["sha256"] = claim["digests"][row["name"][7:]].removeprefix("sha256:")
        predicate = statement["predicate"]
        if "verdict" in predicate:
            predicate |= {name: claim[name] for name in _STATED} | {"run": claim["digests"]["run"]}
        else:
            predicate["result"] = _RESULTS[claim["verdict"]]
        lines.append(json.dumps(statement, sort_keys=True, separators=(",", ":")))
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _renew_checklists(files: Files, manifest: Manifest) -> Files:
    """Return checklists that are about the runs of the claims."""
    renewed = {}
    for claim in manifest["claims"]:
        path = f"checklists/{claim['id']}.json"
        if path in files:
            about = {name: claim[name] for name in ("run", "config", "config_digest", "seed", "profile")}
            body = json.loads(files[path]) | about | {"run_digest": claim["digests"]["run"]}
            renewed[path] = format_json(body).encode("ascii")
    return renewed


def _renew_metadata(files: Files) -> bytes:
    """Return metadata with one entity for each file that is there."""
    metadata = json.loads(files[METADATA_NAME])
    others = [one for one in metadata["@graph"] if one["@type"] != "File" or one["@id"] == MANIFEST_NAME]
    entities = [
        {"@id": path, "@type": "File", "contentSize": str(len(content)), "sha256": digest_bytes(content)[7:]}
        for path, content in files.items()
        if path != METADATA_NAME
    ]
    return format_json({**metadata, "@graph": [*others, *entities]}).encode("ascii")
