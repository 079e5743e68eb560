"""Judges the run directories that somebody sent, without training: files, record, golden."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from verify.errors import ApplianceError, CouldNotJudgeError
from verify.files.goldens import locate_golden, read_golden
from verify.files.run import load_run, name_directory
from verify.judging.checks import explain_doubt, judge_record
from verify.judging.contradictions import CHECKSUM, list_contradictions
from verify.judging.heads import take_heads
from verify.results import Judgement, Result, make_result

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.run import RunFiles
    from verify.judging.contradictions import Contradiction

_OWN_SOURCE = "own"  # the source of samples that a program gives


def _advise_again(run: RunFiles) -> str:
    """Return how to make a run again: it is trained here, or by the program that gave its samples."""
    data = run.record.settings.get("data")
    if isinstance(data, Mapping) and data.get("source") == _OWN_SOURCE:
        return "to make the run again, start the program that calls `appliance.fit`"
    command = shlex.join(["repro-appliance", "verify", name_directory(run.path), "--retrain"])
    return f"to train the run again here: {command}"


def judge_run(path: Path, golden_dir: Path | None = None) -> Judgement:
    """Return the judgement of a run directory.

    Args:
        path: the directory.
        golden_dir: where goldens are; None for the ones that ship.

    Returns:
        J001 whether the directory can be read, J002 its checksums, J003 whether its parts agree with each other, J004
        whether there is a golden of its settings, and then every check of a record against that golden. A run that
        contradicts itself is evidence of nothing, so that it is not compared with a golden.
    """
    try:
        run = load_run(path)
    except ApplianceError as error:
        return Judgement(config=path.name, results=(explain_doubt(error, "J001"),))
    results = (make_result("J001", "pass", where=str(path)), *_check_parts(run))
    here = run.fingerprint.summarize().describe()
    if any(result.status != "pass" for result in results):
        return Judgement(config=run.record.config, results=results, here=here)
    judgement = _judge_record(run, golden_dir)
    return attrs.evolve(judgement, results=(*results, *judgement.results), here=here)


def _check_parts(run: RunFiles) -> tuple[Result, Result]:
    rows = list_contradictions(run)
    sums = [row for row in rows if row.subject.startswith(CHECKSUM)]
    return _report_first("J002", run, sums), _report_first("J003", run, [row for row in rows if row not in sums])


def _report_first(number: str, run: RunFiles, rows: list[Contradiction]) -> Result:
    if not rows:
        return make_result(number, "pass", where=str(run.path))
    subject, expected, found = rows[0]
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    where = f"{run.path}, {subject}{more}"
    return make_result(number, "could-not-judge", expected=str(expected), found=str(found), where=where)


def _judge_record(run: RunFiles, golden_dir: Path | None) -> Judgement:
    record = run.record
    again = _advise_again(run)
    doubtful = Judgement(config=record.config, results=(), found=record.digests.run)
    try:
        golden = read_golden(locate_golden(record.config, golden_dir))
    except CouldNotJudgeError as error:
        doubt = explain_doubt(error, "J004")
        remedy = f"{error.remedy}; {again}" if error.remedy else again
        return attrs.evolve(doubtful, results=(attrs.evolve(doubt, remedy=remedy),))
    if golden.config_digest != record.config_digest:
        result = make_result(
            "J004",
            "could-not-judge",
            title="the golden of this configuration was made with other settings",
            expected=golden.config_digest,
            found=record.config_digest,
            where=record.config,
            remedy=again,
        )
        return attrs.evolve(doubtful, results=(result,), expected=golden.digests.run)
    heads = None if run.trace is None else take_heads(run.trace.header)
    judgement = judge_record(record, golden, fingerprint_class=run.fingerprint.class_digest, trace=heads)
    results = (make_result("J004", "pass", where=record.config), *judgement.results)
    return attrs.evolve(judgement, results=results, made_with=golden.made_with.describe())
