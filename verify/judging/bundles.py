"""Judges the claims of an evidence bundle without training: files, runs, the goldens in it, the goldens here."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from verify.errors import CouldNotJudgeError
from verify.files.archive import LIMIT, parse_archive
from verify.files.bundle import BUNDLE, GOLDENS, MANIFEST_NAME, Manifest
from verify.files.reading import read_bytes
from verify.files.record import RECORD
from verify.files.run import RECORD_NAME
from verify.judging.bundle_contents import require_agreement
from verify.judging.runs import judge_run
from verify.judging.sentences import describe_verdict
from verify.results import Judgement, Result, make_result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verify.files.bundle import Claim
    from verify.files.record import RunRecord

SUFFIX = ".zip"
_WHAT = "an evidence bundle"
_GOLDEN = "J004"
_SOUND = ("J001", "J002", "J003")
_TERMS = ("config", "config_digest", "seed", "profile", "precision", "bits", "digests")


@attrs.frozen(kw_only=True, eq=False)
class Bundle:
    """A bundle whose parts agree.

    Args:
        path: where it was read.
        manifest: what it claims.
        files: the bytes of every file by path.
    """

    path: Path
    manifest: Manifest
    files: Mapping[str, bytes]


def read_bundle(path: Path) -> Bundle:
    """Read a bundle; nothing is written anywhere.

    Raises:
        UsageError: there is no such file, or it is too large.
        CouldNotJudgeError: it is damaged, of another form, or contradicts itself.
    """
    files = parse_archive(read_bytes(path, limit=LIMIT, what=_WHAT), path)
    if MANIFEST_NAME not in files:
        raise CouldNotJudgeError(
            "an archive is no evidence bundle",
            expected=MANIFEST_NAME,
            found="no such file in it",
            where=path,
            remedy=BUNDLE.remedy,
        )
    manifest = BUNDLE.parse_text(files[MANIFEST_NAME], f"{path}, {MANIFEST_NAME}")
    require_agreement(manifest, files, path)
    return Bundle(path=path, manifest=manifest, files=files)


@contextmanager
def extract_bundle(bundle: Bundle) -> Iterator[Path]:
    """Write the files of a bundle to a directory of its own, which is removed in the end."""
    folder = Path(tempfile.mkdtemp(prefix="repro-appliance-bundle-")).resolve()
    try:
        for name, content in bundle.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def judge_claim(claim: Claim, folder: Path, golden_dir: Path | None = None) -> Judgement:
    """Judge one claim as it is in an extracted bundle.

    Args:
        claim: the claim.
        folder: the extracted bundle.
        golden_dir: where goldens of this machine are; None for the ones that ship.

    Returns:
        The judgement of the run by the golden in the bundle, then B001 whether the claim is about this run, B002
        whether the verdict is the one that is claimed, B003 whether the golden that is here says the same.
    """
    place = folder / claim.run
    judgement = attrs.evolve(judge_run(place, folder / GOLDENS), config=claim.id)
    if not is_sound(judgement):
        return judgement
    record = RECORD.read(place / RECORD_NAME)
    about = _compare_terms(claim, record)
    if about.status != "pass":
        return attrs.evolve(judgement, results=(*judgement.results, about))
    results = (
        *judgement.results,
        about,
        _compare_verdicts(claim, judgement),
        _compare_here(place, judgement, golden_dir),
    )
    return attrs.evolve(judgement, results=results)


def is_sound(judgement: Judgement) -> bool:
    """Tell whether a run can be read and agrees with itself."""
    passed = {result.id for result in judgement.results if result.status == "pass"}
    return passed.issuperset(_SOUND)


def _compare_terms(claim: Claim, record: RunRecord) -> Result:
    wrong = next((name for name in _TERMS if getattr(claim, name) != getattr(record, name)), None)
    if wrong is None:
        return make_result("B001", "pass", where=claim.id)
    return make_result(
        "B001",
        "could-not-judge",
        title=f"the claim names another {wrong.replace('_', ' ')} than its run",
        expected=str(getattr(record, wrong)),
        found=str(getattr(claim, wrong)),
        where=claim.id,
    )


def _compare_verdicts(claim: Claim, judgement: Judgement) -> Result:
    if claim.verdict == judgement.verdict:
        return make_result("B002", "pass", expected=claim.verdict, found=judgement.verdict, where=claim.id)
    return make_result(
        "B002",
        "fail",
        title="the run is not judged as it is claimed",
        expected=f"{claim.verdict}: {claim.sentence}",
        found=f"{judgement.verdict}: {describe_verdict(judgement)}",
        where=claim.id,
    )


def _compare_here(place: Path, judgement: Judgement, golden_dir: Path | None) -> Result:
    """Compare a run with the golden of its settings that this machine has; without one, or without bits, it informs."""
    here = judge_run(place, golden_dir)
    values = {"expected": here.expected, "found": here.found}
    same = (here.verdict, here.expected) == (judgement.verdict, judgement.expected)
    if here.verdict == "identical" or (here.verdict == "different" and same):
        return make_result("B003", "pass", **values)
    if here.verdict == "different":
        return make_result("B003", "fail", title="the run differs from the golden that is here", **values)
    close = "only the losses of the run were compared with the golden that is here"
    title = close if here.verdict == "close" else "there is no golden here to compare with"
    return make_result("B003", "info", title=title, **values)


def hide_folder(judgement: Judgement, folder: Path, bundle: Path) -> Judgement:
    """Return a judgement that names files by their paths in the bundle, and no directory that is gone."""
    return attrs.evolve(judgement, results=tuple(_hide(result, folder, bundle) for result in judgement.results))


def _hide(result: Result, folder: Path, bundle: Path) -> Result:
    if result.id == _GOLDEN and result.remedy:
        command = shlex.join(["repro-appliance", "verify", str(bundle)])
        result = attrs.evolve(result, remedy=f"to train the runs again here: {command}")
    return attrs.evolve(
        result,
        expected=_shorten(result.expected, folder),
        found=_shorten(result.found, folder),
        where=_shorten(result.where, folder),
        remedy=_shorten(result.remedy, folder),
    )


def _shorten(value: Any, folder: Path) -> Any:  # noqa: ANN401 - a JSON value
    """Return a text in which paths of the folder begin with the folder's own names."""
    if not isinstance(value, str):
        return value
    return value.replace(f"{folder}/", "").replace(str(folder), "the bundle")
