"""Trains configurations again to compare each record with its golden."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol

import attrs

from appliance.errors import DataError
from appliance.training.execute import certify_shapes, run_training
from appliance.verification.subjects import Subject
from appliance.verification.traced import train_traced
from verify.conformance.certificate import certify
from verify.errors import CouldNotJudgeError, NonFiniteError
from verify.files.goldens import locate_golden, read_golden
from verify.judging.checks import explain_doubt, judge_record
from verify.judging.code import check_code
from verify.results import Judgement, withdraw_failures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from appliance.config import Config
    from appliance.training.execute import Certify, Checking
    from appliance.training.loop import Progress
    from appliance.training.tracing import TrainingTrace
    from verify.conformance.certificate import Certificate
    from verify.files.fingerprint import Fingerprint
    from verify.files.record import RunRecord
    from verify.results import Result

    ShowProgress = Callable[[Config], AbstractContextManager[Progress | None]]


class Trained(Protocol):
    """What a training returns, as far as it is judged; `Record` has both."""

    @property
    def fingerprint(self) -> Fingerprint:
        """The machine that trained."""

    def to_file(self) -> RunRecord:
        """Return what a record file holds."""


class Train(Protocol):
    """Trains a configuration, as `run_training` does."""

    def __call__(
        self,
        config: Config,
        *,
        profile: str,
        threads: int,
        data_dir: Path | None,
        progress: Progress | None = None,
        check: Checking = "first",
        certify: Certify = certify_shapes,
        trace: TrainingTrace | None = None,
    ) -> Trained:
        """Return what one run gave."""


@attrs.frozen(kw_only=True)
class Retraining:
    """How configurations are trained again, and by which goldens they are judged.

    Args:
        profile: the arithmetic to train in.
        threads: BLAS threads.
        data_dir: where data files are; None for the usual places.
        golden_dir: where goldens are; None for the ones that ship.
        show_progress: makes a function that is called at every step.
        train: what trains; None for `run_training`.
        certify: what certifies the host; None for `verify.conformance.certificate.certify`.
        data_may_lack: a configuration without its data could not be judged; otherwise it is an error.
        folders: where files of the user's are looked for that the settings of a run name: the code of an experiment in
            the first, data in the last; none for the run directory.
    """

    profile: str = "portable"
    threads: int = 1
    data_dir: Path | None = None
    golden_dir: Path | None = None
    show_progress: ShowProgress = lambda _: nullcontext()
    train: Train | None = None
    certify: Callable[[str], Certificate] | None = None
    data_may_lack: bool = False
    folders: tuple[Path, ...] = ()

    def run(self, config: Config, trace: TrainingTrace | None = None) -> Trained:
        """Train one configuration, and tell a trace about it."""
        train = self.train or run_training
        if trace is not None:
            train = partial(train, trace=trace)
        with self.show_progress(config) as progress:
            return train(
                config,
                profile=self.profile,
                threads=self.threads,
                data_dir=self.data_dir,
                progress=progress,
                check="all",
            )


def judge_configs(configs: Sequence[Config | Subject], settings: Retraining) -> tuple[list[Result], list[Judgement]]:
    """Train every configuration and compare with its golden; see `judge_on_host`."""
    return judge_on_host([partial(judge_config, config, settings) for config in configs], settings)


def judge_on_host(
    jobs: Sequence[Callable[[], Judgement]], settings: Retraining
) -> tuple[list[Result], list[Judgement]]:
    """Certify the host, do every job, certify again; return the probes' results and the judgements.

    Portable arithmetic is not judged on a host that does not conform. If the host does not conform before the
    training, nothing is trained. If it does not conform afterwards, because a library was loaded meanwhile, a
    difference is no reproducibility failure.

    Args:
        jobs: each trains once and judges what came out.
        settings: the profile, and what certifies the host.
    """
    make_probes = settings.certify or certify
    before = make_probes("")
    portable = settings.profile == "portable"
    if portable and before.tier != "portable":
        return list(before.results), []
    judgements = [job() for job in jobs]
    after = make_probes(", after the training too")
    lost = [result for result in after.results if result.status == "could-not-judge"]
    if lost and portable:
        judgements = [withdraw_failures(judgement) for judgement in judgements]
    return [*before.results, *lost], judgements


def judge_config(subject: Config | Subject, settings: Retraining) -> Judgement:
    """Train one configuration and compare the record with its golden, which is found by its name if it is not given.

    Without a sound golden nothing is trained. A run could not be judged if the host does not conform, or if its data
    is missing where it may be. A run that produces NaN or infinity differs.

    Raises:
        DataError: the data is missing or damaged, and must not be.
    """
    config = subject.config if isinstance(subject, Subject) else subject
    try:
        if isinstance(subject, Subject):
            golden = read_golden(subject.golden, command=subject.command)
        else:
            golden = read_golden(locate_golden(config.name, settings.golden_dir))
    except CouldNotJudgeError as error:
        return Judgement(config=config.name, results=(explain_doubt(error),))
    command = subject.command if isinstance(subject, Subject) else None
    code = check_code(golden.settings, config.settings(), command=command)
    if code is not None and code.status != "pass":
        return Judgement(config=config.name, results=(code,), expected=golden.digests.run)
    made_with, expected = golden.made_with.describe(), golden.digests.run
    heads = None
    try:
        if golden.trace is not None and settings.profile == "portable":
            record, heads = train_traced(partial(settings.run, config))
        else:
            record = settings.run(config)
    except (CouldNotJudgeError, DataError, NonFiniteError) as error:
        if isinstance(error, DataError) and not settings.data_may_lack:
            raise
        doubt = explain_doubt(error, "V014")
        result = attrs.evolve(doubt, status="fail") if isinstance(error, NonFiniteError) else doubt
        return Judgement(config=config.name, results=(result,), expected=expected, made_with=made_with)
    found, machine = record.to_file(), record.fingerprint
    judgement = judge_record(found, golden, fingerprint_class=machine.class_digest, trace=heads)
    return attrs.evolve(judgement, here=machine.summarize().describe(), made_with=made_with)
