"""Damaged evidence bundles: other bytes, or parts that somebody has edited and described again."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from appliance.exports.export import export_runs
from appliance.exports.request import Request
from delivery.fuzz import specimens, texts, trees
from verify.digests import digest_bytes
from verify.files.archive import format_archive, parse_archive
from verify.files.bundle import MANIFEST_NAME, METADATA_NAME, STATEMENTS_NAME
from verify.judging.bundles import extract_bundle, hide_folder, judge_claim, read_bundle
from verify.judging.claims import conclude_claim
from verify.rendering.claims import describe_claims, report_claims
from verify.rendering.report import report_verification
from verify.rendering.text import render_text

if TYPE_CHECKING:
    from random import Random


@cache
def make_bundle() -> bytes:
    """Return a bundle of a run of `smoke`."""
    folder = Path(mkdtemp(prefix="fuzz-"))
    (folder / "run").mkdir()
    for name, content in specimens.read_run().items():
        (folder / "run" / name).write_bytes(content)
    export_runs("bundle", Request(runs=(folder / "run",), out=folder / "a.zip"))
    return (folder / "a.zip").read_bytes()


def damage_bundle(random: Random) -> bytes:
    """Return a bundle with other bytes, or one of which a part is damaged and most digests fit again."""
    if random.random() < 0.3:  # noqa: PLR2004 - three in ten
        return texts.damage_bytes(make_bundle(), random)
    files = parse_archive(make_bundle(), "a bundle")
    usual = [MANIFEST_NAME, MANIFEST_NAME, METADATA_NAME, STATEMENTS_NAME]
    name = random.choice([*usual, *sorted(files)])
    files[name] = _damage_part(name, files[name], random)
    if name != MANIFEST_NAME and random.random() < 0.8:  # noqa: PLR2004 - four in five
        manifest = json.loads(files[MANIFEST_NAME])
        for row in manifest["files"]:
            row.update(size=len(files[row["path"]]), digest=digest_bytes(files[row["path"]]))
        files[MANIFEST_NAME] = json.dumps(manifest).encode()
    return format_archive(files)


def _damage_part(name: str, data: bytes, random: Random) -> bytes:
    if name.endswith(".json"):
        return trees.write_tree(trees.damage_tree(json.loads(data), random)).encode()
    if name.endswith(".jsonl"):
        lines = data.splitlines()
        number = random.randrange(len(lines))
        lines[number] = trees.write_tree(trees.damage_tree(json.loads(lines[number]), random)).encode()
        return b"".join(line + b"\n" for line in lines)
    return texts.damage_bytes(data, random)


def read(data: bytes, folder: Path) -> list[str]:
    """Judge a damaged bundle without training."""
    path = folder / "a.zip"
    path.write_bytes(data)
    bundle = read_bundle(path)
    with extract_bundle(bundle) as place:
        judgements = [hide_folder(judge_claim(one, place), place, path) for one in bundle.manifest.claims]
    outcomes = list(map(conclude_claim, bundle.manifest.claims, judgements))
    shown: Any = describe_claims(outcomes, bundle.manifest)
    report = report_claims(report_verification([], judgements), outcomes, bundle.manifest)
    return [render_text(report), json.dumps(shown, allow_nan=False)]
