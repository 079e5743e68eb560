"""The command `train`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from appliance.cli.again import make_command, say_what_was_kept
from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.names import choose_config
from appliance.cli.options.results import (
    CheckOption,
    CheckpointOption,
    ConfigOption,
    MicroBatchesOption,
    OutOption,
    ResumeOption,
    SeedOption,
    TraceLevelOption,
    TracePlanOption,
)
from appliance.cli.options.several_groups import NameArgument, RunOptions, SetOption
from appliance.cli.printing import print_note, show
from appliance.cli.progress import show_progress
from appliance.cli.workers import join_workers

if TYPE_CHECKING:
    from appliance.checkpoints import intervals, opening
    from appliance.runs import traced
    from appliance.runs import train as program
    from appliance.verification import outcome
    from verify.files import record as files
else:
    intervals, opening = Later("appliance.checkpoints.intervals"), Later("appliance.checkpoints.opening")
    program, outcome = Later("appliance.runs.train"), Later("appliance.verification.outcome")
    files, traced = Later("verify.files.record"), Later("appliance.runs.traced")


@command(launch=True, workers="together")
def train(
    name: NameArgument = None,
    *,
    config: ConfigOption = None,
    settings: SetOption = None,
    seed: SeedOption = None,
    run: RunOptions,
    micro_batches: MicroBatchesOption = 1,
    check: CheckOption = False,
    out: OutOption = None,
    checkpoint_every: CheckpointOption = "60s",
    resume: ResumeOption = False,
    trace: TraceLevelOption = None,
    trace_plan: TracePlanOption = None,
) -> int:
    """Train a configuration and write a run directory; mpiexec -n N spreads it over N workers.

    A configuration with a section [experiment] is a program: its code is run.
    """
    request = program.Request(
        checkpoints=_plan(checkpoint_every, resume=resume),
        config=choose_config(name, config),
        overrides=tuple(settings or ()),
        seed=seed,
        profile=run.profile,
        threads=run.threads,
        micro_batches=micro_batches,
        check="all" if check else "first",
        data_dir=run.data_dir,
        out=out,
        trace=traced.parse_plan(trace, trace_plan),
    )
    _show(_train(request), request, as_json=run.as_json)
    return 0


def _train(request: program.Request) -> files.RunRecord:
    """Train together with the other workers of this command."""
    with say_what_was_kept("--resume"):
        return program.train_and_write(request, show_progress, join_workers())


def _plan(every: str, *, resume: bool) -> opening.Plan:
    """Return what is wanted of the checkpoints."""
    return opening.Plan(
        interval=intervals.parse_interval(every),
        resume=resume,
        tell=print_note,
        warn=print_note,
        command=make_command("--resume"),
    )


def _show(written: files.RunRecord, request: program.Request, *, as_json: bool) -> None:
    """Print notes, then the run."""
    for note in outcome.list_notes(written):
        print_note(note)
    written = outcome.add_comparison(written, request.config, request.overrides)
    text = partial(outcome.describe_run, written, request.config)
    show(files.RECORD.to_json(written), text, as_json=as_json)
