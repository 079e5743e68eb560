"""The command `verify`: look at the host, train again, hold every record against its golden, say what was shown."""

# ruff: noqa: PLC0415 - what loads NumPy is imported after the environment has been set

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import attrs

from appliance.errors import DataError
from verify.errors import CouldNotJudgeError, NonFiniteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from appliance.config import Config
    from verify.results import Judgement, Result

QUICK = ("smoke", "baseline", "baseline-f64")


def run_verify(
    names: Sequence[str],
    *,
    everything: bool = False,
    as_json: bool = False,
    junit: Path | None = None,
    profile: str = "portable",
    threads: int = 1,
    data_dir: Path | None = None,
    golden_dir: Path | None = None,
) -> int:
    """Verify configurations and print what came of it; return 0, 1 or 3 as the verdict has it.

    A host that does not conform is told so and trains nothing: it gets no wrong digest.

    Args:
        names: names or paths of configurations; none for the quick set.
        everything: every configuration that ships.
        as_json: one JSON object on standard output instead of text on standard error.
        junit: a file to write the results to as JUnit XML as well.
        profile: the arithmetic to train in.
        threads: BLAS threads.
        data_dir: where data files are; None for the usual places.
        golden_dir: where goldens are; None for the ones that ship.

    Raises:
        ConfigurationError: a configuration is missing or malformed.
        UsageError: the request contradicts itself, or the JUnit file cannot be written.
    """
    from appliance.config import load_config
    from verify.files.fingerprint import FINGERPRINT
    from verify.host.channel import STRICT
    from verify.host.fingerprint import capture
    from verify.judging.pins import check_channel, check_pins
    from verify.results import EXIT_CODES, conclude

    started = time.perf_counter()
    configs = [load_config(name) for name in choose_names(names, everything=everything)]
    fingerprint = capture(threads)
    checks = [
        *check_pins(fingerprint, strict=fingerprint.context["channel"] in STRICT),
        *check_channel(fingerprint.context),
    ]
    probes, judgements = judge_configs(
        configs, profile=profile, threads=threads, data_dir=data_dir, golden_dir=golden_dir
    )
    checks += probes
    facts = {"environment": FINGERPRINT.to_json(fingerprint), "seconds": round(time.perf_counter() - started, 3)}
    emit(checks, judgements, as_json=as_json, junit=junit, facts=facts)
    return EXIT_CODES[conclude(checks, judgements)]


def choose_names(names: Sequence[str], *, everything: bool) -> list[str]:
    """Return which configurations to verify, each once.

    Raises:
        UsageError: names were given beside --all.
    """
    from appliance.config import list_configs

    if names and everything:
        raise UsageError("--all leaves nothing to name", expected="names or --all", found=" ".join([*names, "--all"]))
    return list(dict.fromkeys(list_configs() if everything else names or QUICK))


def judge_configs(
    configs: Sequence[Config],
    *,
    profile: str = "portable",
    threads: int = 1,
    data_dir: Path | None = None,
    golden_dir: Path | None = None,
) -> tuple[list[Result], list[Judgement]]:
    """Certify the host, train every configuration, certify again; return the probes' results and the judgements.

    Portable arithmetic is not judged on a host that does not conform: before the training, nothing is trained; after
    it, as when a library was loaded meanwhile, what differs is no reproducibility failure.
    """
    from verify.conformance import certificate
    from verify.results import withdraw_failures

    before = certificate.certify()
    if before.tier != "portable" and profile == "portable":
        return list(before.results), []
    judgements = [
        judge_config(config, profile=profile, threads=threads, data_dir=data_dir, golden_dir=golden_dir)
        for config in configs
    ]
    after = certificate.certify(", after the training too")
    lost = [result for result in after.results if result.status == "could-not-judge"]
    if lost and profile == "portable":
        judgements = [withdraw_failures(judgement) for judgement in judgements]
    return [*before.results, *lost], judgements


def judge_config(
    config: Config, *, profile: str, threads: int, data_dir: Path | None, golden_dir: Path | None = None
) -> Judgement:
    """Train one configuration and hold the record against its golden.

    Without a sound golden nothing is trained; a run that cannot be made for want of data or of a conforming
    host could not be judged; a run that leaves the finite numbers differs.
    """
    from appliance.cli.training import show_progress
    from appliance.training.execute import run_training
    from verify.files.goldens import locate_golden, read_golden
    from verify.judging.checks import explain_doubt, judge_record
    from verify.results import Judgement

    try:
        golden = read_golden(locate_golden(config.name, golden_dir))
    except CouldNotJudgeError as error:
        return Judgement(config=config.name, results=(explain_doubt(error),))
    made_with, expected = golden.made_with.describe(), golden.digests.run
    try:
        with show_progress(config) as progress:
            record = run_training(config, profile=profile, threads=threads, data_dir=data_dir, progress=progress)
    except (CouldNotJudgeError, DataError, NonFiniteError) as error:
        doubt = explain_doubt(error, "V014")
        result = attrs.evolve(doubt, status="fail") if isinstance(error, NonFiniteError) else doubt
        return Judgement(config=config.name, results=(result,), expected=expected, made_with=made_with)
    fingerprint = record.fingerprint
    judgement = judge_record(record.to_file(), golden, fingerprint_class=fingerprint.class_digest)
    return attrs.evolve(judgement, here=fingerprint.summarize().describe(), made_with=made_with)


def emit(
    checks: Sequence[Result],
    judgements: Sequence[Judgement],
    *,
    as_json: bool,
    junit: Path | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Print results as JSON on standard output, or as text on standard error; write the JUnit file if asked.

    The JSON object also holds `facts`, such as the environment.

    Raises:
        UsageError: the JUnit file cannot be written.
    """
    from verify.rendering.junit import render_junit
    from verify.rendering.objects import describe_verification
    from verify.rendering.report import report_verification
    from verify.rendering.text import render_text, wants_color

    report = report_verification(checks, judgements)
    if as_json:
        print(json.dumps({**describe_verification(checks, judgements), **(facts or {})}, sort_keys=True, indent=2))
    else:
        print(render_text(report, color=wants_color(sys.stderr, os.environ)), file=sys.stderr)
    if junit is None:
        return
    try:
        junit.write_text(render_junit(report), encoding="utf-8")
    except OSError as error:
        raise UsageError("the JUnit file cannot be written", where=junit, found=error.strerror) from error
