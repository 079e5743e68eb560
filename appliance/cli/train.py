"""The command `train`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options import CheckOption, ConfigOption, MicroBatchesOption, OutOption, RunOptions, SeedOption
from appliance.cli.printing import show
from appliance.cli.progress import show_progress

if TYPE_CHECKING:
    from appliance.runs import train as program
    from verify.files import record as files
else:
    program, files = Later("appliance.runs.train"), Later("verify.files.record")


@command(launch=True)
def train(
    *,
    config: ConfigOption,
    seed: SeedOption = None,
    run: RunOptions,
    micro_batches: MicroBatchesOption = 1,
    check: CheckOption = False,
    out: OutOption = None,
) -> int:
    """Train a configuration and write a run directory."""
    request = program.Request(
        config=config,
        seed=seed,
        profile=run.profile,
        threads=run.threads,
        micro_batches=micro_batches,
        check="all" if check else "first",
        data_dir=run.data_dir,
        out=out,
    )
    written = program.train_and_write(request, show_progress)
    show(files.RECORD.to_json(written), lambda: program.summarize_run(written), as_json=run.as_json)
    return 0
