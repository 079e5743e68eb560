"""An evidence bundle: runs with their goldens, code and statements in one archive."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from appliance.checklist import answer_checklist
from appliance.checklist.places import hide_places, name_places
from appliance.config.experiment import digest_part, list_files, read_source
from appliance.config.loading import locate_files
from appliance.data.sources.catalog import KNOWN_SETS
from appliance.errors import ConfigurationError
from appliance.exports.crate import format_crate, list_run_files
from appliance.exports.crate_entities import describe_other_file
from appliance.exports.exported import Exported
from appliance.exports.exported_run import read_runs
from appliance.exports.kept_answers import read_answers
from appliance.exports.statements import format_statements
from appliance.exports.writing import require_new, write_files
from verify.digests import digest_bytes
from verify.errors import CouldNotJudgeError
from verify.files.bundle import (
    BUNDLE,
    CHECKLISTS,
    CODE,
    GOLDENS,
    MANIFEST_NAME,
    METADATA_NAME,
    STATEMENTS_NAME,
    BundledData,
    BundledFile,
    Claim,
    Evidence,
    Manifest,
)
from verify.files.reading import MEBIBYTE, read_bytes
from verify.files.writing import format_json
from verify.judging.sentences import describe_verdict
from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.exports.exported_run import ExportedRun
    from appliance.exports.request import Request

SUFFIX = ".zip"
_LARGEST_PART = 256 * MEBIBYTE


def export_bundle(request: Request) -> Exported:
    """Write runs, and what is needed to judge and to make them again, as one archive.

    Raises:
        UsageError: the archive has another name, or cannot be written.
        ConfigurationError: the code of an experiment is not in the current directory.
        CouldNotJudgeError: a run is not sound, or an answer is none of this program.
    """
    request.require_suffix(SUFFIX)
    require_new(request.out, SUFFIX)
    runs = read_runs(request.runs, request.goldens)
    answers = read_answers(request.evidence)
    code = {run.name: _read_code(run) for run in runs}
    files = _collect_files(runs, answers, code, request)
    entity = describe_other_file(
        MANIFEST_NAME, "What is claimed, how each claim is made again, every file with its digest"
    )
    files[METADATA_NAME] = format_crate(runs, files, request, [entity])
    manifest = _make_manifest(runs, [evidence for evidence, _ in answers], code, files)
    written = write_files({**files, MANIFEST_NAME: BUNDLE.format(manifest).encode("ascii")}, request.out, SUFFIX)
    return Exported(
        form="bundle",
        runs=tuple(run.run.record for run in runs),
        files={path: digest_bytes(content) for path, content in written.items()},
        details={"claims": [{"id": claim.id, "verdict": claim.verdict} for claim in manifest.claims]},
        lines=(
            *(f"{claim.id}: {claim.sentence}" for claim in manifest.claims),
            f"to judge it and to make its runs again: {shlex.join(['repro-appliance', 'verify', str(request.out)])}",
        ),
    )


def _collect_files(
    runs: Sequence[ExportedRun],
    answers: Sequence[tuple[Evidence, bytes]],
    code: Mapping[str, Mapping[str, bytes]],
    request: Request,
) -> dict[str, bytes]:
    """Return the files of a bundle by path, without manifest and metadata."""
    files = list_run_files(runs)
    for run in runs:
        if run.golden is not None:
            files[_locate_golden(run)] = run.golden
        files |= {f"{CODE}/{run.name}/{name}": content for name, content in code[run.name].items()}
        files[f"{CHECKLISTS}/{run.name}.json"] = _format_checklist(run, request)
    files |= {evidence.file: content for evidence, content in answers}
    files[STATEMENTS_NAME] = b"".join(format_statements(run, f"{run.place}/") for run in runs)
    return files


def _format_checklist(run: ExportedRun, request: Request) -> bytes:
    """Return the checklist of a run, in which its folder in the bundle stands for its place here."""
    path = run.path.resolve()  # a whole path is no part of any other text
    found = answer_checklist(
        path,
        data_dir=None if request.data_dir is None else request.data_dir.expanduser().resolve(),
        golden_dir=request.goldens,
        evidence=request.evidence,
    ).to_json()
    places = name_places(path, run.place, data_dir=request.data_dir, golden_dir=request.goldens)
    return format_json(hide_places(found, places)).encode("ascii")


def _locate_golden(run: ExportedRun) -> str:
    return f"{GOLDENS}/{run.run.record.config}.json"


def _read_code(run: ExportedRun) -> dict[str, bytes]:
    """Return the files of a run's experiment, which lie in the current directory with the digests of the run."""
    try:
        experiment = locate_files(run.config, run.path).experiment
    except ConfigurationError as error:
        raise ConfigurationError(
            "the code of a run is not here",
            expected="its files in the current directory, with the digests of the run",
            found=error.found,
            where=error.where,
            remedy="start the export in the folder of the code",
        ) from error
    if experiment is None or experiment.folder is None:
        return {}
    files = {}
    for name in list_files(experiment):
        path = experiment.folder / name
        python = name.endswith(".py")
        files[name] = read_source(path) if python else read_bytes(path, limit=_LARGEST_PART, what="a file of code")
        if digest_bytes(files[name]) != digest_part(experiment.folder, name):
            raise CouldNotJudgeError("the code of an experiment has changed while it was read", where=path)
    return files


def _make_manifest(
    runs: Sequence[ExportedRun],
    evidence: Sequence[Evidence],
    code: Mapping[str, Mapping[str, bytes]],
    files: Mapping[str, bytes],
) -> Manifest:
    return Manifest(
        program=__version__,
        claims=tuple(_make_claim(run, has_code=bool(code[run.name])) for run in runs),
        evidence=tuple(evidence),
        files=tuple(
            BundledFile(path=path, size=len(content), digest=digest_bytes(content))
            for path, content in sorted(files.items())
        ),
    )


def _make_claim(run: ExportedRun, *, has_code: bool) -> Claim:
    record, source = run.run.record, run.config.data.source
    fetched = any(known.name == source for known in KNOWN_SETS)
    return Claim(
        id=run.name,
        run=run.place,
        config=record.config,
        config_digest=record.config_digest,
        seed=record.seed,
        profile=record.profile,
        precision=record.precision,
        bits=record.bits,
        digests=record.digests,
        verdict=run.judgement.verdict,
        sentence=describe_verdict(run.judgement),
        golden=None if run.golden is None else _locate_golden(run),
        code=f"{CODE}/{run.name}" if has_code else None,
        data=BundledData(
            source=source,
            digest=record.digests.dataset,
            command=shlex.join(["repro-appliance", "data", "fetch", source]) if fetched else None,
        ),
        rerun=_make_command(run, has_code=has_code),
    )


def _make_command(run: ExportedRun, *, has_code: bool) -> str:
    """Return what makes a run again in the extracted bundle; code is found in the current directory only."""
    up = "../../" if has_code else ""
    words = ["repro-appliance", "verify", f"{up}{run.place}", "--retrain"]
    if run.golden is not None:
        words += ["--goldens", f"{up}{GOLDENS}"]
    if run.run.record.profile == "pinned":
        words += ["--profile", "pinned"]
    return f"cd {CODE}/{run.name} && {shlex.join(words)}" if has_code else shlex.join(words)
