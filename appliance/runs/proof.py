"""Tells whether a directory may be replaced: only a run that this program wrote, and that nobody changed, may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.digests import digest_file
from verify.errors import CouldNotJudgeError, UsageError
from verify.files import checksums
from verify.files.checksums import CHECKSUMS, parse_checksums
from verify.files.reading import read_bytes
from verify.files.record import RECORD
from verify.files.run import LIMITS, RECORD_NAME, check_names, sum_trace

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.record import RunRecord

_REMEDY = "name another directory with --out, or remove this one yourself"


def prove_run(path: Path) -> RunRecord:
    """Return the record of a directory that is a run as it was written.

    Raises:
        UsageError: it is not a directory.
        CouldNotJudgeError: its files are not exactly those of a run, with their checksums and a record.
    """
    traced = check_names(path)
    stated = parse_checksums(read_bytes(path / CHECKSUMS, limit=checksums.LIMIT), path / CHECKSUMS)
    found = {name: digest_file(path / name) for name in LIMITS} | sum_trace(path, traced=traced)
    changed = sorted(name for name in {*stated, *found} if stated.get(name) != found.get(name))
    if changed:
        raise CouldNotJudgeError("a file of a run was changed", found=", ".join(changed), where=path)
    return RECORD.read(path / RECORD_NAME)


def require_replaceable(path: Path, *, config_digest: str, profile: str) -> None:
    """Make sure that a run may be written to a path: nothing is there, an empty directory, or an earlier such run.

    Args:
        path: the directory.
        config_digest: of the new run; only a run of the same settings may be replaced.
        profile: of the new run; only a run of the same profile may be replaced.

    Raises:
        UsageError: something else is there.
        OSError: the path cannot be read.
    """
    try:
        if not any(path.iterdir()):
            return
    except FileNotFoundError:
        return
    try:
        earlier = prove_run(path)
    except (CouldNotJudgeError, UsageError) as error:
        raise UsageError(
            "this directory is not a run",
            where=path,
            expected="nothing, an empty directory, or an earlier run with its files as they were written",
            found=f"{error.title}: {error.found}",
            remedy=_REMEDY,
        ) from error
    for name, expected in (("config_digest", config_digest), ("profile", profile)):
        found = getattr(earlier, name)
        if expected != found:
            raise UsageError(
                "this directory holds a run of another configuration or profile",
                where=path,
                expected=f"{name} {expected}",
                found=f"{name} {found} ({earlier.config}, seed {earlier.seed})",
                remedy=_REMEDY,
            )
