"""Judges run directories: as they are, or by training the same settings again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.config import list_configs, parse_settings
from appliance.config.loading import locate_files
from appliance.errors import ConfigurationError, DataError
from verify.errors import CouldNotJudgeError, NonFiniteError, UsageError
from verify.files.goldens import locate_golden
from verify.files.inputs import Inputs
from verify.files.run import RECORD_NAME, load_run, name_directory
from verify.judging.again import compare_again
from verify.judging.checks import explain_doubt
from verify.judging.runs import judge_run
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.config import Config
    from appliance.verification.retraining import Retraining, Trained
    from verify.files.record import RunRecord
    from verify.files.run import RunFiles
    from verify.results import Judgement, Result

_DIRECTORY = ("J001", "J002", "J003")
_GOLDEN = "J004"
_LONGEST = 200  # characters of a value


def split_names(names: Iterable[str]) -> tuple[list[str], list[Path]]:
    """Return the names of configurations, and the run directories; a name that is both is a configuration."""
    known = list_configs()
    chosen = list(names)
    places = [name for name in chosen if name not in known and Path(name).is_dir()]
    for name in chosen:
        if name not in known and "/" in name and not name.endswith(".toml") and name not in places:
            raise UsageError("there is no such run directory", expected="a directory, or a configuration", found=name)
    return [name for name in chosen if name not in places], [Path(name) for name in places]


def list_alike(names: Iterable[str]) -> tuple[str, ...]:
    """Return a line for each configuration that has the name of a run directory here, which was not judged."""
    there = [name for name in names if (Path(name) / RECORD_NAME).is_file()]
    return tuple(f"{name} is a configuration; the run directory is {name_directory(Path(name))}" for name in there)


def retrain_run(path: Path, settings: Retraining) -> Judgement:
    """Judge a run directory, then train its settings again in its profile and compare stage by stage.

    The first stage that differs ends the comparison. A directory that contradicts itself is not trained again. The run
    itself is the expectation, so that it needs no golden; a golden that exists is compared, too.

    Raises:
        DataError: the data is missing or damaged, and must not be.
    """
    judgement = judge_run(path, settings.golden_dir)
    if any(result.id in _DIRECTORY and result.status != "pass" for result in judgement.results):
        return judgement
    run = load_run(path)
    try:
        again = _train(run, settings)
    except (CouldNotJudgeError, ConfigurationError, DataError, NonFiniteError) as error:
        if isinstance(error, DataError) and not settings.data_may_lack:
            raise
        doubt = explain_doubt(error, "V014")
        result = attrs.evolve(doubt, status="fail") if isinstance(error, NonFiniteError) else doubt
        return attrs.evolve(judgement, results=(*judgement.results, result))
    same_class = again.fingerprint.class_digest == run.fingerprint.class_digest
    record = again.to_file()
    results, basis = compare_again(run.record, record, same_class=same_class)
    return attrs.evolve(
        judgement,
        results=(*_excuse_golden(judgement, settings.golden_dir), *_compare_inputs(run, record), *results),
        expected=run.record.digests.run,
        found=record.digests.run,
        basis=basis,
        here=again.fingerprint.summarize().describe(),
        made_with=run.fingerprint.summarize().describe(),
    )


def _compare_inputs(run: RunFiles, again: RunRecord) -> list[Result]:
    """Return J003 where a run says of its samples what its data does not give; no digest covers this."""
    stated, found = run.record.inputs, again.inputs
    if stated is None or found is None or stated == found or run.record.digests.dataset != again.digests.dataset:
        return []
    name = next(name for name in attrs.fields_dict(Inputs) if getattr(stated, name) != getattr(found, name))
    values = (str(getattr(side, name))[:_LONGEST] for side in (stated, found))
    expected = dict(zip(("found", "expected"), values, strict=True))
    title = "the record does not describe its samples as the data gives them"
    return [make_result("J003", "could-not-judge", title=title, where=f"{run.path}, inputs.{name}", **expected)]


def _train(run: RunFiles, settings: Retraining) -> Trained:
    profile = run.record.profile
    if profile == "pinned" and settings.profile != "pinned":
        raise CouldNotJudgeError(
            "a run of the profile pinned is trained again in that profile only",
            expected="pinned",
            found=settings.profile,
            where=run.path,
            remedy="start it again with --profile pinned",
        )
    folders = settings.folders or (run.path,)
    config: Config = locate_files(parse_settings(dict(run.record.settings), where=run.path), *folders)
    config = attrs.evolve(config, data=attrs.evolve(config.data, folder=folders[-1]))
    return attrs.evolve(settings, profile=profile).run(config)


def _excuse_golden(judgement: Judgement, golden_dir: Path | None) -> list[Result]:
    """Return the results, of which a golden that does not exist for these settings is no doubt any more."""
    other = judgement.expected is not None or not locate_golden(judgement.config, golden_dir).exists()
    return [
        attrs.evolve(result, status="info", title=f"{result.title}; compared with the run itself", remedy=None)
        if other and result.id == _GOLDEN and result.status == "could-not-judge"
        else result
        for result in judgement.results
    ]
