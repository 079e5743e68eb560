"""Whether the parts of an evidence bundle agree: manifest, files, metadata of the crate, statements, checklists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.digests import digest_bytes
from verify.errors import CouldNotJudgeError
from verify.files.bundle import (
    CHECKLISTS,
    CODE,
    GOLDENS,
    MANIFEST_NAME,
    METADATA_NAME,
    RUNS,
    STATEMENTS_NAME,
)
from verify.files.reading import parse_json
from verify.judging.bundle_statements import compare_checklists, compare_evidence, compare_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verify.files.bundle import Manifest


def require_agreement(manifest: Manifest, files: Mapping[str, bytes], where: object) -> None:
    """Make sure that nothing in a bundle contradicts its manifest.

    Raises:
        CouldNotJudgeError: a file is missing, unknown or another one, or two parts do not say the same.
    """
    for what, expected, found in _list_contradictions(manifest, files, where):
        raise CouldNotJudgeError(
            f"a bundle contradicts itself: {what}",
            expected=expected,
            found=found,
            where=where,
            remedy="ask for the bundle again, as it was exported",
        )


def _list_contradictions(
    manifest: Manifest, files: Mapping[str, bytes], where: object
) -> Iterator[tuple[str, object, object]]:
    yield from _compare_files(manifest, files)
    yield from _compare_places(manifest, files)
    yield from _compare_metadata(files, where)
    yield from compare_statements(manifest, files, where)
    yield from compare_checklists(manifest, files, where)
    yield from compare_evidence(manifest, files, where)


def _compare_files(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[tuple[str, object, object]]:
    """Compare the list of files with the files."""
    listed = {file.path: file for file in manifest.files}
    if len(listed) != len(manifest.files):
        yield "a file is listed twice", "each file once", f"{len(manifest.files)} rows for {len(listed)} files"
    there = files.keys() - {MANIFEST_NAME}
    for path in sorted(listed.keys() ^ there):
        yield "its list of files", "in the list and in the archive", f"{path}: {_tell_place(path in listed)}"
    for path in sorted(listed.keys() & there):
        row, digest = listed[path], digest_bytes(files[path])
        if (row.size, row.digest) != (len(files[path]), digest):
            yield f"the file {path}", f"{row.size} bytes, {row.digest}", f"{len(files[path])} bytes, {digest}"


def _tell_place(listed: object) -> str:
    return "only in the list" if listed else "only in the archive"


def _compare_places(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[tuple[str, object, object]]:
    """Compare the paths of files with the claims: no file belongs to no claim, and no claim lacks its files."""
    claims = {claim.id: claim for claim in manifest.claims}
    if len(claims) != len(manifest.claims):
        yield "two claims have one name", "each name once", ", ".join(claim.id for claim in manifest.claims)
    known = {METADATA_NAME, STATEMENTS_NAME, MANIFEST_NAME}
    known |= {f"{CHECKLISTS}/{name}.json" for name in claims} | {row.file for row in manifest.evidence}
    for claim in claims.values():
        named = {"run": (claim.run, f"{RUNS}/{claim.id}"), "code": (claim.code, f"{CODE}/{claim.id}")}
        named["golden"] = (claim.golden, f"{GOLDENS}/{claim.config}.json")
        for what, (found, expected) in named.items():
            if found not in (None, expected):
                yield f"the {what} of the claim {claim.id}", expected, found
        known |= {claim.golden} if claim.golden else set()
    folders = [f"{claim.run}/" for claim in claims.values()]
    folders += [f"{claim.code}/" for claim in claims.values() if claim.code]
    for path in sorted(files):
        if path not in known and not path.startswith(tuple(folders)):
            yield "a file belongs to no claim", "a file of a claim", path
    for path in sorted({METADATA_NAME, STATEMENTS_NAME, *known} - files.keys()):
        yield "a file is missing", path, "no such file"


def _compare_metadata(files: Mapping[str, bytes], where: object) -> Iterator[tuple[str, object, object]]:
    """Compare the sizes and digests in the metadata of the crate with the files."""
    value = parse_json(files[METADATA_NAME], where=f"{where}, {METADATA_NAME}", what="the metadata of a crate")
    graph = value.get("@graph") if isinstance(value, dict) else None
    entities = [one for one in graph if isinstance(one, dict)] if isinstance(graph, list) else []
    rows = {one.get("@id"): one for one in entities if one.get("@type") == "File"}
    there = files.keys() - {METADATA_NAME}
    for path in sorted({str(name) for name in rows} ^ there):
        yield f"{METADATA_NAME} lists other files", "every file once", path
    for path in sorted(there & rows.keys() - {MANIFEST_NAME}):
        expected = {"contentSize": str(len(files[path])), "sha256": digest_bytes(files[path]).removeprefix("sha256:")}
        found = {name: rows[path].get(name) for name in expected}
        if found != expected:
            yield f"{METADATA_NAME} describes another file {path}", expected, found
