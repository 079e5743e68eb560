"""The command table: every verb with its options, each body one call."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Annotated, Optional

import click
import typer

from verify.errors import ApplianceError, UsageError

app = typer.Typer(
    name="repro-appliance",
    help="Train and benchmark neural networks whose results have the same bits on every machine, and prove it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
golden_app = typer.Typer(help="The life of the checked-in expectations.", no_args_is_help=True, rich_markup_mode=None)
data_app = typer.Typer(help="Data sets, their digests and controls.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(golden_app, name="golden")
app.add_typer(data_app, name="data")

PROFILES = ("portable", "pinned", "native")
INTERRUPTED = 130

ConfigOption = Annotated[str, typer.Option("--config", help="Name of a configuration, or a path ending in .toml.")]
ProfileOption = Annotated[str, typer.Option("--profile", help="portable, pinned or native arithmetic.")]
ThreadsOption = Annotated[
    int, typer.Option("--threads", min=1, max=4096, help="BLAS threads; portable results do not change.")
]
MicroBatchesOption = Annotated[
    int,
    typer.Option("--micro-batches", min=1, help="Parts of a batch, for less memory; portable results do not change."),
]
DataOption = Annotated[Optional[Path], typer.Option("--data-dir", help="Directory of the data files.")]  # noqa: UP045
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
MarkdownOption = Annotated[Optional[Path], typer.Option("--markdown", help="Add the table to this file.")]  # noqa: UP045
JunitOption = Annotated[Optional[Path], typer.Option("--junit", help="Also write JUnit XML to this file.")]  # noqa: UP045
NameArgument = Annotated[str, typer.Argument(help="Name of a data set.")]


def _prepare(profile: str, threads: int) -> None:
    from appliance.launch.restart import ensure_environment  # noqa: PLC0415

    if profile not in PROFILES:
        raise click.UsageError(f"--profile is one of {', '.join(PROFILES)}")
    ensure_environment(profile, threads)
    if profile == "pinned":
        from appliance.launch.kernels import plan_pinning  # noqa: PLC0415
        from appliance.launch.pinning import confirm_pinning  # noqa: PLC0415

        confirm_pinning(plan_pinning(threads))


def _require_config(config: str | None) -> str:
    if config is None:
        raise click.UsageError("Missing option '--config' (or --suite).")
    return config


@app.callback()
def main_options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Train and benchmark neural networks whose results have the same bits on every machine, and prove it."""


@app.command()
def train(
    *,
    config: ConfigOption,
    seed: Annotated[Optional[int], typer.Option("--seed", help="Another seed than the configuration's.")] = None,  # noqa: UP045
    profile: ProfileOption = "portable",
    threads: ThreadsOption = 1,
    micro_batches: MicroBatchesOption = 1,
    data_dir: DataOption = None,
    out: Annotated[Optional[Path], typer.Option("--out", help="Run directory to write.")] = None,  # noqa: UP045
    as_json: JsonOption = False,
) -> int:
    """Train a configuration and write a run directory."""
    _prepare(profile, threads)
    from appliance.cli.training import run_train  # noqa: PLC0415

    return run_train(
        config,
        seed=seed,
        profile=profile,
        threads=threads,
        micro_batches=micro_batches,
        data_dir=data_dir,
        out=out,
        as_json=as_json,
    )


@app.command()
def benchmark(
    *,
    config: Annotated[Optional[str], typer.Option("--config", help="Name of a configuration, or a path.")] = None,  # noqa: UP045
    repeats: Annotated[int, typer.Option("--repeats", min=0, help="Runs of the same seed; they must agree.")] = 3,
    seeds: Annotated[int, typer.Option("--seeds", min=0, help="Runs of different seeds, for statistics.")] = 0,
    against: Annotated[str, typer.Option("--against", help="Profiles to time beside, such as native.")] = "",
    fresh: Annotated[bool, typer.Option("--fresh", help="Each repeat in a process of its own.")] = False,
    suite: Annotated[Optional[str], typer.Option("--suite", help="cost: what reproducibility costs.")] = None,  # noqa: UP045
    quick: Annotated[bool, typer.Option("--quick", help="Suite: a first look, in half a minute.")] = False,
    parts: Annotated[str, typer.Option("--parts", help="Suite: parts to measure, such as ops,steps.")] = "",
    sources: Annotated[Optional[list[Path]], typer.Option("--from", help="Suite: JSON of earlier runs.")] = None,  # noqa: UP045
    plot: Annotated[Optional[Path], typer.Option("--plot", help="Suite: PNG file to write.")] = None,  # noqa: UP045
    report: Annotated[Optional[Path], typer.Option("--report", help="Suite: Markdown file to write.")] = None,  # noqa: UP045
    profile: ProfileOption = "portable",
    threads: ThreadsOption = 1,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> int:
    """Repeat a configuration: equal seeds must agree bit for bit, different seeds give statistics. Or run a suite."""
    _prepare(profile, threads)
    if suite is not None:
        from appliance.cli.costing import run_suite  # noqa: PLC0415

        shown = {"as_json": as_json, "plot": plot, "report": report, "sources": sources or ()}
        return run_suite(suite, config, quick=quick, threads=threads, parts=parts, data_dir=data_dir, **shown)
    from appliance.cli.benchmarking import run_benchmark  # noqa: PLC0415

    return run_benchmark(
        config=_require_config(config),
        repeats=repeats,
        seeds=seeds,
        against=against,
        as_json=as_json,
        profile=profile,
        threads=threads,
        data_dir=data_dir,
        fresh=fresh,
    )


@app.command()
def verify(
    names: Annotated[Optional[list[str]], typer.Argument(help="Configurations; none for the quick set.")] = None,  # noqa: UP045
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every configuration that ships.")] = False,
    junit: JunitOption = None,
    self_test: Annotated[bool, typer.Option("--self-test", help="Break trainings on purpose; it must show.")] = False,
    profile: ProfileOption = "portable",
    threads: ThreadsOption = 1,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> int:
    """Certify the host, retrain and compare with the goldens, bit for bit."""
    _prepare(profile, threads)
    if self_test:
        from appliance.cli.certifying import run_self_test  # noqa: PLC0415

        return run_self_test(as_json=as_json, goldens=True)
    from appliance.cli.verifying import run_verify  # noqa: PLC0415

    return run_verify(
        names or [],
        everything=everything,
        as_json=as_json,
        junit=junit,
        profile=profile,
        threads=threads,
        data_dir=data_dir,
    )


@app.command()
def certify(
    self_test: Annotated[bool, typer.Option("--self-test", help="Break this host on purpose; it must show.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Say which guarantee holds on this host, probe by probe."""
    _prepare("portable", 1)
    from appliance.cli.certifying import run_certify, run_self_test  # noqa: PLC0415

    return run_self_test(as_json=as_json) if self_test else run_certify(as_json=as_json)


@app.command()
def fingerprint(
    diff: Annotated[Optional[tuple[Path, Path]], typer.Option("--diff", help="Two fingerprints to compare.")] = None,  # noqa: UP045
    as_json: JsonOption = False,
) -> int:
    """Describe this environment, or compare two descriptions."""
    _prepare("portable", 1)
    from appliance.cli.fingerprinting import run_fingerprint  # noqa: PLC0415

    return run_fingerprint(as_json=as_json, diff=diff)


@app.command()
def fleet(
    names: Annotated[Optional[list[str]], typer.Argument(help="Members; none for all.")] = None,  # noqa: UP045
    *,
    members: Annotated[Path, typer.Option("--members", help="The file that declares them.")] = Path(
        "delivery/fleet/fleet.toml"
    ),
    jobs: Annotated[Optional[int], typer.Option("--jobs", min=1, help="How many at a time.")] = None,  # noqa: UP045
    reports: Annotated[Optional[Path], typer.Option("--reports", help="Directory for every member's report.")] = None,  # noqa: UP045
    markdown: MarkdownOption = None,
    junit: JunitOption = None,
    as_json: JsonOption = False,
) -> int:
    """Verify on many machines: emulated processors, containers, ssh hosts. One table, one verdict."""
    from appliance.cli.fleeting import run_fleet_command  # noqa: PLC0415

    return run_fleet_command(
        names or [],
        members=members,
        jobs=jobs,
        as_json=as_json,
        reports=reports,
        markdown=markdown,
        junit=junit,
    )


@app.command()
def agree(
    reports: Annotated[list[Path], typer.Argument(help="Reports of verify --json, or directories of them.")],
    *,
    expect: Annotated[Optional[Path], typer.Option("--expect", help="JSON list of all legs.")] = None,  # noqa: UP045
    markdown: MarkdownOption = None,
    junit: JunitOption = None,
    as_json: JsonOption = False,
) -> int:
    """Hold the reports of many machines against each other; a missing one is not a pass."""
    from appliance.cli.fleeting import run_agree  # noqa: PLC0415

    return run_agree(reports, expect=expect, as_json=as_json, markdown=markdown, junit=junit)


@golden_app.command("record")
def golden_record(
    name: Annotated[str, typer.Argument(help="Name of a configuration.")],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the golden there is.")] = False,
    native: Annotated[bool, typer.Option("--native", help="Add the native profile's result on this machine.")] = False,
    data_dir: DataOption = None,
) -> int:
    """Train a configuration and make the result its golden; refused when CI is set."""
    _prepare("portable", 1)
    from appliance.cli import goldens  # noqa: PLC0415

    return goldens.record(name, replace=replace, native=native, data_dir=data_dir)


@golden_app.command("list")
def golden_list(as_json: JsonOption = False) -> int:
    """List the goldens."""
    from appliance.cli import goldens  # noqa: PLC0415

    return goldens.list_(as_json=as_json)


@golden_app.command("check")
def golden_check(as_json: JsonOption = False) -> int:
    """Look for missing, unused, damaged and outdated goldens, without training."""
    from appliance.cli import goldens  # noqa: PLC0415

    return goldens.check(as_json=as_json)


@data_app.command("list")
def data_list(data_dir: DataOption = None, as_json: JsonOption = False) -> int:
    """List the data sets and where they are looked for."""
    from appliance.cli.datasets import list_data  # noqa: PLC0415

    return list_data(data_dir, as_json)


@data_app.command("check")
def data_check(name: NameArgument, data_dir: DataOption = None, as_json: JsonOption = False) -> int:
    """Hold a data set's files against their digests and controls."""
    from appliance.cli.datasets import check_data  # noqa: PLC0415

    return check_data(name, data_dir, as_json)


@data_app.command("fetch")
def data_fetch(name: NameArgument, data_dir: DataOption = None, as_json: JsonOption = False) -> int:
    """Download a data set and verify it."""
    from appliance.cli.datasets import fetch_data  # noqa: PLC0415

    return fetch_data(name, data_dir, as_json)


@data_app.command("generate")
def data_generate(
    name: Annotated[str, typer.Argument(help="Name of the new set.")],
    *,
    train_samples: Annotated[int, typer.Option("--train-samples", help="Training samples, at least 10.")],
    test_samples: Annotated[int, typer.Option("--test-samples", help="Test samples, at least 10.")] = 2048,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the synthetic samples.")] = 0,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write synthetic samples to files from which they are read row by row, however many there are."""
    from appliance.cli.datasets import generate_data  # noqa: PLC0415

    return generate_data(name, data_dir, as_json, train_samples=train_samples, test_samples=test_samples, seed=seed)


def _describe_shortage(error: MemoryError) -> ApplianceError:
    remedy = "smaller batches or layers, fewer samples, or the data source stored (docs/data.md)"
    return UsageError("memory ran out", found=error if error.args else None, remedy=remedy)


def run(arguments: list[str]) -> int:
    """Carry out one command line and return its exit code; errors are one message on stderr.

    A reader that goes away, or a stream that was closed, changes no exit code; output that cannot be written is 2.
    """
    from appliance.cli.streams import find_loss, patient_streams  # noqa: PLC0415

    with patient_streams() as output:
        code = _run(arguments)
        output.flush()
        loss = find_loss(output)
        if loss is not None:
            print(UsageError("the output cannot be written", where="standard output", found=loss), file=sys.stderr)
    return code if loss is None else UsageError.exit_code


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        code = int(command.main(args=arguments, prog_name="repro-appliance", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever happened, it must not look like the verdict "different"
        if "--debug" in arguments:
            traceback.print_exc()
        failure = _describe_failure(error)
        print(failure, file=sys.stderr)
        return failure.exit_code
    if code == INTERRUPTED:
        print("interrupted", file=sys.stderr)
    return code


def _describe_failure(error: Exception) -> ApplianceError:
    if isinstance(error, ApplianceError):
        return error
    if isinstance(error, MemoryError):
        return _describe_shortage(error)
    if isinstance(error, OSError):
        return UsageError("a file cannot be read or written", where=error.filename, found=error.strerror or error)
    found = f"{type(error).__name__}: {error}"
    return UsageError("an error nobody foresaw", found=found, remedy="--debug shows where; please report it")
