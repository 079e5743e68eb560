"""Verifies configurations by name: the environment, the host, then every retraining."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config import list_configs
from appliance.verification.bundles import conclude_claims, find_bundle, list_jobs
from appliance.verification.retraining import Retraining, judge_config, judge_on_host
from appliance.verification.run_directories import list_alike, retrain_run, split_names
from appliance.verification.subjects import find_subject
from verify.errors import UsageError
from verify.files.fingerprint import FINGERPRINT
from verify.host.channel import STRICT
from verify.host.fingerprint import capture
from verify.judging.bundles import extract_bundle, read_bundle
from verify.judging.pins import check_channel, check_pins
from verify.judging.runs import judge_run
from verify.rendering.claims import describe_claims, report_claims
from verify.rendering.objects import describe_verification
from verify.rendering.report import report_verification
from verify.rendering.text import render_notes
from verify.results import conclude, find_exit_code
from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from verify.files.bundle import Manifest
    from verify.files.fingerprint import Fingerprint
    from verify.judging.claims import ClaimOutcome
    from verify.rendering.report import Report
    from verify.results import Judgement, Result, Verdict

QUICK = ("smoke", "baseline", "baseline-f64")


@attrs.frozen(kw_only=True)
class Verification:
    """What a verification found.

    Args:
        checks: results about the environment and the host.
        judgements: one for each configuration that was trained; none on a host that does not conform.
        environment: the fingerprint of this machine.
        seconds: wall time.
        accept_close: the caller takes the verdict close for a success.
        places: where the golden of each configuration of the user's is, a line each.
        alike: configurations that have the name of a run directory, a line each.
        claims: how each claim of a bundle ended; none without a bundle.
        manifest: what the bundle holds; None without a bundle.
    """

    checks: tuple[Result, ...]
    judgements: tuple[Judgement, ...]
    environment: Fingerprint
    seconds: float
    accept_close: bool = False
    places: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    claims: tuple[ClaimOutcome, ...] = ()
    manifest: Manifest | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict over all checks and judgements."""
        return conclude(self.checks, self.judgements)

    @property
    def exit_code(self) -> int:
        """The exit code of the verdict."""
        return find_exit_code(self.verdict, accept_close=self.accept_close)

    @property
    def report(self) -> Report:
        """What every renderer takes."""
        report = report_verification(self.checks, self.judgements, accept_close=self.accept_close)
        return report if self.manifest is None else report_claims(report, self.claims, self.manifest)

    @property
    def notes(self) -> list[str]:
        """What explains and does not decide, a line each."""
        return [*self.places, *self.alike, *render_notes(self.checks)]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        body = {**describe_verification(self.checks, self.judgements), "sentence": self.report.summary}
        if self.manifest is not None:
            body |= describe_claims(self.claims, self.manifest)
        environment = FINGERPRINT.to_json(self.environment)
        return {**body, "environment": environment, "program": __version__, "seconds": self.seconds}


def verify(
    names: str | Sequence[str] = (),
    settings: Retraining | None = None,
    *,
    everything: bool = False,
    accept_close: bool = False,
    retrain: bool = False,
    run_code: bool = False,
) -> Verification:
    """Verify configurations: check the environment and the host, train again, compare with the goldens.

    A name that is no configuration but a directory is judged as a run directory; the name of a bundle ends in .zip, and
    its runs are trained again. On a host that does not conform nothing is trained. The data of a configuration that is
    named must be there; of everything that ships, or is in a bundle, what has no data could not be judged.

    Args:
        names: names or paths of configurations, or run directories, or one of them; none for the quick set.
        settings: how to train, and by which goldens to judge.
        everything: every configuration that ships.
        accept_close: take losses within a tolerance for a success, where bits cannot be compared.
        retrain: train run directories again, too.
        run_code: run the code of experiments that is in a bundle.

    Raises:
        ConfigurationError: a configuration is missing or malformed.
        DataError: the data of a named configuration is missing or damaged.
        UsageError: names were given together with `everything`.

    >>> verify(["smoke"]).verdict
    'identical'
    """
    settings = attrs.evolve(settings or Retraining(), data_may_lack=everything)
    names = choose_names([names] if isinstance(names, str) else names, everything=everything)
    path = find_bundle(names)
    if path is not None:
        return attrs.evolve(_verify_bundle(path, settings, run_code=run_code), accept_close=accept_close)
    started = time.perf_counter()
    chosen, places = split_names(names)
    subjects = [find_subject(name, settings.golden_dir) for name in chosen]
    fingerprint = capture(settings.threads)
    jobs = [partial(judge_config, subject, settings) for subject in subjects]
    judged = [] if retrain else [judge_run(place, settings.golden_dir) for place in places]
    jobs += [partial(retrain_run, place, settings) for place in places if retrain]
    host, judgements = _judge_here(jobs, fingerprint, settings) if jobs else ([], [])
    return Verification(
        checks=tuple(host),
        judgements=(*judgements, *judged),
        environment=fingerprint,
        seconds=_measure(started),
        accept_close=accept_close,
        places=tuple(f"golden of {s.config.name}: {s.golden}" for s in subjects if s.own),
        alike=list_alike(chosen),
    )


def _verify_bundle(path: Path, settings: Retraining, *, run_code: bool) -> Verification:
    """Judge the claims of a bundle and make its runs again."""
    started = time.perf_counter()
    bundle = read_bundle(path)
    fingerprint = capture(settings.threads)
    with extract_bundle(bundle) as folder:
        host, judgements = _judge_here(list_jobs(bundle, folder, settings, run_code=run_code), fingerprint, settings)
    return Verification(
        checks=tuple(host),
        judgements=tuple(judgements),
        environment=fingerprint,
        seconds=_measure(started),
        claims=conclude_claims(bundle, judgements),
        manifest=bundle.manifest,
    )


def _measure(started: float) -> float:
    return round(max(0.0, time.perf_counter() - started), 3)


def _judge_here(
    jobs: Sequence[Callable[[], Judgement]], fingerprint: Fingerprint, settings: Retraining
) -> tuple[list[Result], list[Judgement]]:
    """Check versions and host, do the jobs; return the results about this machine, and the judgements."""
    pins = check_pins(fingerprint, strict=fingerprint.context["channel"] in STRICT)
    probes, judgements = judge_on_host(jobs, settings)
    return [*pins, *check_channel(fingerprint.context), *probes], judgements


def choose_names(names: Sequence[str], *, everything: bool) -> list[str]:
    """Return which configurations to verify, each once.

    Raises:
        UsageError: names were given together with --all.
    """
    if names and everything:
        found = " ".join([*names, "--all"])
        raise UsageError("--all cannot be combined with names", expected="names or --all", found=found)
    return list(dict.fromkeys(list_configs() if everything else names or QUICK))
