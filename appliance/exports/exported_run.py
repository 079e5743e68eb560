"""A run that is exported: its files as they are, what was judged, and the golden that it was compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.config import parse_settings
from verify.digests import digest_bytes
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.checksums import CHECKSUMS
from verify.files.golden import GOLDEN
from verify.files.goldens import locate_golden
from verify.files.reading import MEBIBYTE, read_bytes
from verify.files.run import load_run
from verify.judging.runs import judge_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from appliance.config import Config
    from verify.files.run import RunFiles
    from verify.results import Judgement

_LARGEST = 4096 * MEBIBYTE
_SOUND, _COMPARED = ("J001", "J002", "J003"), "J004"


@attrs.frozen(kw_only=True, eq=False)
class ExportedRun:
    """A sound run directory in memory.

    Args:
        place: its folder in an export, such as "runs/1-smoke".
        path: where it was read.
        run: its contents.
        config: the configuration in its record.
        files: the bytes of every file by name.
        judgement: what `verify RUN_DIR` says of it.
        golden: the bytes of the golden that it was compared with; None if there is none of its settings.
    """

    place: str
    path: Path
    run: RunFiles
    config: Config
    files: Mapping[str, bytes]
    judgement: Judgement
    golden: bytes | None

    @property
    def name(self) -> str:
        """The name of its folder, which is different for every run of an export."""
        return self.place.rpartition("/")[2]


def read_runs(paths: Sequence[Path], goldens: Path | None = None) -> list[ExportedRun]:
    """Read run directories and judge each.

    Args:
        paths: the directories.
        goldens: where goldens are; None for the ones that ship.

    Raises:
        UsageError: no run is named, or one twice, or there is no such directory.
        CouldNotJudgeError: a directory is no run, or contradicts itself, so that it is evidence of nothing.
    """
    if not paths or len({path.resolve() for path in paths}) != len(paths):
        found = ", ".join(map(str, paths)) or "none"
        raise UsageError("each run is exported once", expected="run directories, each once", found=found)
    return [_read_run(path, number, goldens) for number, path in enumerate(paths, 1)]


def _read_run(path: Path, number: int, goldens: Path | None) -> ExportedRun:
    run = load_run(path)
    judgement = judge_run(path, goldens)
    for result in judgement.results:
        if result.id in _SOUND and result.status != "pass":
            raise CouldNotJudgeError(
                f"a run that is not sound is not exported: {result.title}",
                expected=result.expected,
                found=result.found,
                where=result.where or path,
            )
    golden = None
    if any(result.id == _COMPARED and result.status == "pass" for result in judgement.results):
        golden = read_bytes(locate_golden(run.record.config, goldens), limit=GOLDEN.limit, what=GOLDEN.name)
    return ExportedRun(
        place=f"runs/{number}-{run.record.config}",
        path=path,
        run=run,
        config=parse_settings(dict(run.record.settings), where=path),
        files=_read_files(path, run),
        judgement=judgement,
        golden=golden,
    )


def _read_files(path: Path, run: RunFiles) -> dict[str, bytes]:
    """Return the bytes of the files that were judged, and of no others."""
    names = sorted([*run.found_checksums, CHECKSUMS])
    files = {name: read_bytes(path / name, limit=_LARGEST, what="a file of a run") for name in names}
    for name, digest in run.found_checksums.items():
        if digest_bytes(files[name]) != digest:
            raise CouldNotJudgeError(
                "a run has changed while it was read", expected=digest, found="other bytes", where=path / name
            )
    return files
