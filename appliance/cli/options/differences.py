"""Options of the commands that say why results differ: vary, diff, why, shrink, trace, run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import attrs
from typer import Argument, Option

from appliance.cli import completion
from appliance.cli.options.several_groups import (  # noqa: TC001 - read while running
    BudgetOption,
    JsonOption,
    TimeLimitOption,
)

OwnTrainingOption = Annotated[
    str | None,
    Option(
        "--config",
        metavar="NAME",
        autocompletion=completion.complete_config,
        help="Vary the training of this configuration.",
    ),
]
VariedProfileOption = Annotated[
    str,
    Option(
        "--profile",
        metavar="NAME",
        autocompletion=completion.complete_varied_profile,
        help="With --config: portable, pinned or native; torch for the same training by PyTorch.",
    ),
]

_SIDE = "A run directory, a trace, a golden, or a file of arrays (npy, npz, safetensors)."
FirstSideArgument = Annotated[str, Argument(metavar="A", autocompletion=completion.complete_path, help=_SIDE)]
OtherSidesArgument = Annotated[
    list[str],
    Argument(metavar="B...", autocompletion=completion.complete_path, help="Another; several are put into classes."),
]

OneSideArgument = Annotated[
    str | None, Argument(metavar="A", autocompletion=completion.complete_path, help="A run directory or a trace.")
]
OtherSideArgument = Annotated[
    str | None, Argument(metavar="B", autocompletion=completion.complete_path, help="Another one that differs from it.")
]
PlantedOption = Annotated[
    str, Option("--only", metavar="LIST", help="Self-test: only these planted differences, such as kernel,seed.")
]
OtherNumPyOption = Annotated[
    str, Option("--other-numpy", metavar="PYTHON", help="Self-test: an interpreter with another NumPy.")
]

NoReplayOption = Annotated[bool, Option("--no-replay", help="Compare files only; run nothing again.")]

WatchOption = Annotated[
    list[str] | None,
    Option("--watch", metavar="MODULE", help="A module or package to watch, besides the program's file; repeatable."),
]
TraceDirectoryOption = Annotated[
    Path, Option("-o", "--out", metavar="DIR", help="Directory of the trace to write; new or empty.")
]
CommandArgument = Annotated[
    list[str] | None,
    Argument(metavar="-- COMMAND...", autocompletion=completion.complete_path, help="The program and its arguments."),
]

OutputsOption = Annotated[
    list[str] | None,
    Option("--output", metavar="GLOB", help="Files to compare; all that are written, and stdout, by default."),
]
MemoryLimitOption = Annotated[
    str, Option("--memory-limit", metavar="SIZE", help="Memory of one run, such as 4G; half by default.")
]
DiskLimitOption = Annotated[
    str, Option("--disk-limit", metavar="SIZE", help="Files of one run, such as 2G; half by default.")
]
ProcessLimitOption = Annotated[
    int, Option("--process-limit", metavar="N", min=1, help="Processes of one run at a time.")
]
FirstLockArgument = Annotated[Path, Argument(metavar="LOCK_A", help="A lock: a requirement file, or pylock.toml.")]
SecondLockArgument = Annotated[Path, Argument(metavar="LOCK_B", help="Another lock.")]


@attrs.frozen(kw_only=True)
class VaryOptions:
    """What `vary` varies, compares and may use."""

    axes: Annotated[
        str,
        Option(
            "--axes",
            metavar="LIST",
            autocompletion=completion.complete_axes,
            help="Axes to vary, such as threads,kernel; all usual ones by default.",
        ),
    ] = ""
    axis: Annotated[
        list[str] | None,
        Option(
            "--axis",
            autocompletion=completion.complete_axis,
            metavar="NAME=V1,V2",
            help="An axis with values of your own.",
        ),
    ] = None
    output: OutputsOption = None
    budget: BudgetOption = ""
    limit: TimeLimitOption = ""
    memory: MemoryLimitOption = ""
    disk: DiskLimitOption = ""
    processes: ProcessLimitOption = 512
    profile: VariedProfileOption = "portable"
    as_json: JsonOption = False


@attrs.frozen(kw_only=True)
class ShrinkOptions:
    """What `shrink` compares and may use."""

    axes: ClassVar[str] = ""
    axis: ClassVar[list[str] | None] = None
    python: Annotated[
        str | None,
        Option("--python", metavar="PYTHON", help="Interpreter of the environments; by default the command's."),
    ] = None
    output: OutputsOption = None
    budget: BudgetOption = ""
    limit: TimeLimitOption = ""
    memory: MemoryLimitOption = ""
    disk: DiskLimitOption = ""
    processes: ProcessLimitOption = 512
    as_json: JsonOption = False


@attrs.frozen(kw_only=True)
class WorldOptions:
    """How `run` fixes a world, and where it writes what holds."""

    fingerprint: Annotated[
        Path, Option("--fingerprint", "-o", metavar="FILE", help="File for what holds in the program's world.")
    ] = Path("run-fingerprint.json")
    kernel: Annotated[
        str,
        Option(
            "--kernel", metavar="NAME", help="BLAS kernel: portable, host, a name such as Haswell, or VARIABLE=VALUE."
        ),
    ] = "portable"
    strict: Annotated[bool, Option("--strict", help="Start only if every setting holds; else exit code 3.")] = False
    as_json: JsonOption = False
