"""Options of the commands about what results are made of: config, data, golden."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from appliance.cli import completion
from appliance.cli.options.several_groups import CONFIG

ConfigArgument = Annotated[str, Argument(autocompletion=completion.complete_config, help=CONFIG)]
NewConfigArgument = Annotated[Path, Argument(help="File to write, ending in .toml; it must not exist.")]
ExampleOption = Annotated[
    str,
    Option(
        "--from",
        metavar="NAME",
        autocompletion=completion.complete_config,
        help="The configuration to begin with: a name, or a path ending in .toml.",
    ),
]

GoldenArgument = Annotated[
    str,
    Argument(
        autocompletion=completion.complete_config,
        help="Name of a configuration, a path ending in .toml, or tests that use the fixture array_golden.",
    ),
]
TestsArgument = Annotated[
    list[Path] | None,
    Argument(
        metavar="[PATH]...", help="Goldens of arrays instead: directories of tests, test files, or goldens themselves."
    ),
]
ReplaceOption = Annotated[bool, Option("--replace", help="Overwrite the golden that exists.")]
CommitOption = Annotated[bool, Option("--trace", help="Commit to the trace of every step, epoch by epoch.")]
NativeOption = Annotated[bool, Option("--native", help="Add the native profile's result on this machine.")]

DataSetArgument = Annotated[str, Argument(autocompletion=completion.complete_data_set, help="Name of a data set.")]
CheckedDataArgument = Annotated[
    str,
    Argument(autocompletion=completion.complete_checked_data, help="Name of a data set, or path of a configuration."),
]
NewSetArgument = Annotated[str, Argument(help="Name of the new set.")]
TrainSamplesOption = Annotated[int, Option("--train-samples", metavar="N", help="Training samples, at least 10.")]
TestSamplesOption = Annotated[int, Option("--test-samples", metavar="N", help="Test samples, at least 10.")]
SamplesSeedOption = Annotated[int, Option("--seed", metavar="N", min=0, help="Seed of the synthetic samples.")]
