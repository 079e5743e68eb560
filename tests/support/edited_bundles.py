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


def edit_bundle(
    source: Path,
    out: Path,
    change_files: Callable[[Files], None] | None = None,
    change_manifest: Callable[[Manifest], None] | None = None,
) -> Path:
    """Write a bundle with other files or claims, in which every digest is right again."""
    files = parse_archive(source.read_bytes(), source)
    manifest = json.loads(files.pop(MANIFEST_NAME))
    if change_files:
        change_files(files)
    if change_manifest:
        change_manifest(manifest)
    files[STATEMENTS_NAME] = _renew_statements(files, manifest)
    files[METADATA_NAME] = _renew_metadata(files)
    manifest["files"] = [
        {"path": path, "size": len(content), "digest": digest_bytes(content)} for path, content in sorted(files.items())
    ]
    out.write_bytes(format_archive({**files, MANIFEST_NAME: format_json(manifest).encode("ascii")}))
    return out


def _renew_statements(files: Files, manifest: Manifest) -> bytes:
    """Return statements with the digests of the files, and the verdicts of the claims."""
    verdicts = {claim["run"]: claim["verdict"] for claim in manifest["claims"]}
    lines = []
    for line in files[STATEMENTS_NAME].splitlines():
        statement = json.loads(line)
        names = [row["name"] for row in statement["subject"]]
        run = "/".join(names[0].split("/")[:2])
        if run not in verdicts:
            continue
        for row in statement["subject"]:
            if row["name"] in files:
                row["digest"]["sha256"] = digest_bytes(files[row["name"]]).removeprefix("sha256:")
        if "verdict" in statement["predicate"]:
            statement["predicate"]["verdict"] = verdicts[run]
        lines.append(json.dumps(statement, sort_keys=True, separators=(",", ":")))
    return "".join(f"{line}\n" for line in lines).encode("ascii")


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
