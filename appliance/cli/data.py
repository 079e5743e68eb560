"""The commands of `data`: list, check, fetch, generate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.materials import (
    CheckedDataArgument,
    DataSetArgument,
    NewSetArgument,
    SamplesSeedOption,
    TestSamplesOption,
    TrainSamplesOption,
)
from appliance.cli.options.several_groups import DataDirOption, JsonOption
from appliance.cli.printing import can_draw, show
from appliance.cli.progress import DownloadBar

if TYPE_CHECKING:
    from appliance.data import reports as program
else:
    program = Later("appliance.data.reports")


@command(launch=False)
def list_sets(data_dir: DataDirOption = None, as_json: JsonOption = False) -> int:
    """List the data sets and the directories in which they are searched."""
    return _show(program.list_data(data_dir), as_json=as_json)


@command(launch=False)
def check(name: CheckedDataArgument, data_dir: DataDirOption = None, as_json: JsonOption = False) -> int:
    """Compare a data set's files with their digests, and check the samples; or those of a configuration."""
    return _show(program.check_data(name, data_dir), as_json=as_json)


@command(launch=False)
def fetch(name: DataSetArgument, data_dir: DataDirOption = None, as_json: JsonOption = False) -> int:
    """Download a data set and verify it."""
    bar = DownloadBar if can_draw() else None
    return _show(program.fetch_data(name, data_dir, bar), as_json=as_json)


@command(launch=False)
def generate(
    name: NewSetArgument,
    *,
    train_samples: TrainSamplesOption,
    test_samples: TestSamplesOption = 2048,
    seed: SamplesSeedOption = 0,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write synthetic samples to files; training reads them row by row, so they may be larger than memory."""
    report = program.generate_data(name, data_dir, train_samples=train_samples, test_samples=test_samples, seed=seed)
    return _show(report, as_json=as_json)


def _show(report: program.DataReport, *, as_json: bool) -> int:
    show(report.to_json(), lambda: report.text, as_json=as_json)
    return report.exit_code
