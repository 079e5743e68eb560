"""Every option of the command line, defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import attrs
from typer import Argument, Exit, Option

from appliance import __version__
from appliance.cli import completion
from appliance.cli.failures import PROGRAM
from appliance.cli.parser import Context  # noqa: TC001 - typer reads the annotation
from appliance.cli.printing import show_text

# A file or a directory that may be left out.
_Place = Path | None


def _show_version(wanted: bool) -> None:
    if wanted:
        show_text(f"{PROGRAM} {__version__}")
        raise Exit


def _show_completion(context: Context, shell: str | None) -> None:
    if shell is not None:
        show_text(completion.make_script(context.command, shell))
        raise Exit


def _install_completion(context: Context, shell: str | None) -> None:
    if shell is not None:
        show_text(completion.install_script(context.command, shell))
        raise Exit


DebugOption = Annotated[bool, Option("--debug", help="Show the traceback of an error.")]
FullOption = Annotated[bool, Option("--full", help="Show digests whole, also in long lines.")]
VersionOption = Annotated[
    bool, Option("--version", is_eager=True, callback=_show_version, help="Show the version of the program.")
]
_SHELL = "; SHELL is bash, zsh or fish, by default yours."
ShowCompletionOption = Annotated[
    str | None,
    Option(
        completion.SHOW,
        metavar="[SHELL]",
        is_eager=True,
        callback=_show_completion,
        help=f"Print the script that completes command lines{_SHELL}",
    ),
]
InstallCompletionOption = Annotated[
    str | None,
    Option(
        completion.INSTALL,
        metavar="[SHELL]",
        is_eager=True,
        callback=_install_completion,
        help=f"Install that script{_SHELL}",
    ),
]

_CONFIG = "Name of a configuration, or a path ending in .toml."
ConfigArgument = Annotated[str, Argument(autocompletion=completion.complete_config, help=_CONFIG)]
NameArgument = Annotated[str | None, Argument(autocompletion=completion.complete_config, help=_CONFIG)]
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
SetOption = Annotated[
    list[str] | None,
    Option("--set", metavar="KEY=VALUE", help="Another value for a key, such as training.epochs=3; repeatable."),
]
ConfigOption = Annotated[
    str | None,
    Option("--config", metavar="NAME", autocompletion=completion.complete_config, help="The same as the argument."),
]
OwnTrainingOption = Annotated[
    str | None,
    Option(
        "--config",
        metavar="NAME",
        autocompletion=completion.complete_config,
        help="Vary the training of this configuration.",
    ),
]
ConfigsOption = Annotated[
    list[str] | None,
    Option(
        "--config",
        metavar="NAME",
        autocompletion=completion.complete_config,
        help="The same as an argument; repeatable.",
    ),
]
ProfileOption = Annotated[
    str,
    Option(
        "--profile",
        metavar="NAME",
        autocompletion=completion.complete_profile,
        help="portable, pinned or native arithmetic.",
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
ThreadsOption = Annotated[
    int, Option("--threads", metavar="N", min=1, max=4096, help="BLAS threads; portable results do not change.")
]
DataDirOption = Annotated[_Place, Option("--data-dir", metavar="DIR", help="Directory of the data files.")]
JsonOption = Annotated[bool, Option("--json", help="One JSON object on stdout.")]
SelfTestOption = Annotated[bool, Option("--self-test", help="Break things on purpose; each must be noticed.")]

SeedOption = Annotated[int | None, Option("--seed", metavar="N", help="Another seed than the configuration's.")]
OutOption = Annotated[_Place, Option("--out", metavar="DIR", help="Run directory to write.")]
CheckOption = Annotated[bool, Option("--check", help="Check every exact product and sum, not only first ones.")]
TraceLevelOption = Annotated[
    str | None,
    Option(
        "--trace",
        metavar="LEVEL",
        autocompletion=completion.complete_level,
        help="Record fingerprints of every epoch or step in trace/: epoch or step.",
    ),
]
CheckpointOption = Annotated[
    str,
    Option(
        "--checkpoint-every",
        metavar="N",
        help="Steps such as 500, or a time such as 30s or 5m, between checkpoints; never: only at a signal.",
    ),
]
ResumeOption = Annotated[bool, Option("--resume", help="Go on from the newest checkpoint, if there is one.")]
TracePlanOption = Annotated[_Place, Option("--trace-plan", hidden=True, help="Settings of a replay.")]
MicroBatchesOption = Annotated[
    int,
    Option(
        "--micro-batches", metavar="N", min=1, help="Parts of a batch, for less memory; portable results do not change."
    ),
]

NamesArgument = Annotated[
    list[str] | None,
    Argument(
        autocompletion=completion.complete_config,
        help="Configurations, run directories, or a bundle (.zip); none for smoke, baseline, baseline-f64.",
    ),
]
AllOption = Annotated[bool, Option("--all", help="Every configuration that ships.")]
AcceptCloseOption = Annotated[
    bool,
    Option("--accept-close", help="Exit with 0 where losses agree within a tolerance and bits cannot be compared."),
]
RunCodeOption = Annotated[
    bool, Option("--run-code", help="Bundles: also run the code of experiments in them, with your rights.")
]
RetrainOption = Annotated[bool, Option("--retrain", help="Train run directories again here, too.")]
JunitOption = Annotated[_Place, Option("--junit", metavar="FILE", help="Also write JUnit XML to this file.")]
MarkdownOption = Annotated[_Place, Option("--markdown", metavar="FILE", help="Add the table to this file.")]
DiffOption = Annotated[tuple[Path, Path] | None, Option("--diff", metavar="A B", help="Two fingerprints to compare.")]

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

MembersArgument = Annotated[
    list[str] | None, Argument(autocompletion=completion.complete_member, help="Members; none for all.")
]
MembersOption = Annotated[
    Path, Option("--members", metavar="FILE", help="The file that declares the members of a fleet.")
]
JobsOption = Annotated[
    int | None, Option("--jobs", metavar="N", min=1, help="How many at a time, each in a process of its own.")
]
ReportsOption = Annotated[_Place, Option("--reports", metavar="DIR", help="Directory for every member's report.")]
ReportsArgument = Annotated[list[Path], Argument(help="Reports of verify --json, or directories of them.")]
ExpectOption = Annotated[_Place, Option("--expect", metavar="FILE", help="JSON list of all legs.")]

GoldenArgument = Annotated[
    str,
    Argument(
        autocompletion=completion.complete_config,
        help="Name of a configuration, a path ending in .toml, or tests that use the fixture array_golden.",
    ),
]
GoldensOption = Annotated[
    _Place,
    Option(
        "--goldens",
        metavar="DIR",
        help="Directory of goldens; by default those that ship, and for a configuration of yours goldens/ beside it.",
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

RunsArgument = Annotated[_Place, Argument(metavar="[DIR]", help="A directory of run directories; runs by default.")]
EvidenceOption = Annotated[
    list[Path] | None,
    Option(
        "--evidence",
        metavar="FILE",
        help="JSON of benchmark, prove, vary, verify, agree or fleet about this run; repeatable.",
    ),
]
ConferenceOption = Annotated[
    str | None,
    Option(
        "--for",
        metavar="LIST",
        autocompletion=completion.complete_conference,
        help="Answer in the order of another checklist: neurips, pineau, acm, iclr or sc.",
    ),
]
StrictAnswersOption = Annotated[bool, Option("--strict", help="Exit code 1 if an item is answered no.")]
RunArgument = Annotated[Path, Argument(metavar="RUN", help="A run directory.")]
SamplesArgument = Annotated[
    str,
    Argument(
        metavar="DATA",
        autocompletion=completion.complete_samples,
        help="A file (npy, npz:NAME, csv, IDX), a folder of images, or a data set, of which the test part is taken.",
    ),
]
PredictionsOption = Annotated[
    _Place, Option("-o", "--out", metavar="FILE", help="File for all predictions: .csv, .npy or .npz.")
]
RunsToExportArgument = Annotated[list[Path], Argument(metavar="RUN...", help="Run directories.")]
ReportedArgument = Annotated[
    list[str],
    Argument(
        metavar="RUN...",
        help="Run directories, and JSON of vary, why, diff, agree, fleet, verify, checklist, benchmark --suite cost.",
    ),
]
PageOption = Annotated[Path, Option("-o", "--out", metavar="FILE", help="The page to write, ending in .html.")]
FormatOption = Annotated[
    str,
    Option(
        "--format",
        metavar="FORMAT",
        autocompletion=completion.complete_format,
        help="onnx, ro-crate, in-toto or bundle.",
    ),
]
ExportOption = Annotated[
    Path,
    Option(
        "-o",
        "--out",
        metavar="PATH",
        help="What to write: .onnx, .jsonl for in-toto, .zip for bundle; for ro-crate .zip, or a new directory.",
    ),
]

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
BudgetOption = Annotated[str, Option("--budget", metavar="TIME", help="Time for the search, such as 90s, 10m or 1h.")]
TimeLimitOption = Annotated[
    str, Option("--time-limit", metavar="TIME", help="Wall time of one run; ten times the first one by default.")
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


ProvedOption = Annotated[
    str,
    Option(
        "--config",
        metavar="NAME",
        autocompletion=completion.complete_config,
        help="A configuration: a name, or a path.",
    ),
]
StopsOption = Annotated[
    str, Option("--stops", metavar="all|N", help="How many stop points are tried, the first and the last included.")
]
MpiexecOption = Annotated[
    _Place,
    Option(
        "--mpiexec", metavar="FILE", help="The program that starts workers; by default beside Python, else on PATH."
    ),
]
WorkersOption = Annotated[
    str, Option("--workers", metavar="N,...", help="Numbers of workers, each compared with one process.")
]


@attrs.frozen(kw_only=True)
class ProveOptions:
    """How trainings are tried; the options that the commands of `prove` share."""

    threads: ThreadsOption = 1
    data_dir: DataDirOption = None
    jobs: JobsOption = None
    limit: TimeLimitOption = ""
    as_json: JsonOption = False


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


@attrs.frozen(kw_only=True)
class RunOptions:
    """How a run is made and shown; the options that `train`, `benchmark` and `verify` share."""

    profile: ProfileOption = "portable"
    threads: ThreadsOption = 1
    data_dir: DataDirOption = None
    as_json: JsonOption = False


@attrs.frozen(kw_only=True)
class TableOptions:
    """Where a table of machines is shown and written; the options that `fleet` and `agree` share."""

    markdown: MarkdownOption = None
    junit: JunitOption = None
    as_json: JsonOption = False


@attrs.frozen(kw_only=True)
class DescriptionOptions:
    """What an export says beside what is in the runs."""

    goldens: GoldensOption = None
    data_dir: DataDirOption = None
    license: Annotated[
        str | None, Option("--license", metavar="TERMS", help="Terms of the runs: an SPDX identifier, or an address.")
    ] = None
    agent: Annotated[
        str | None,
        Option("--agent", metavar="NAME", help='Who made the runs: "Name", or "Name <https://orcid.org/...>".'),
    ] = None
    evidence: EvidenceOption = None
    as_json: JsonOption = False


@attrs.frozen(kw_only=True)
class RepeatOptions:
    """What `benchmark` repeats."""

    repeats: Annotated[
        int | None,
        Option(
            "--repeats", metavar="N", min=0, help="Runs of the same seed; they must agree. 3 by default, in a sweep 0."
        ),
    ] = None
    seeds: Annotated[
        int | None,
        Option(
            "--seeds", metavar="N", min=0, help="Runs of different seeds, for statistics. 0 by default, in a sweep 3."
        ),
    ] = None
    sweep: Annotated[
        list[str] | None,
        Option("--sweep", metavar="KEY=V1,V2", help="Values of a key to try; with several, every combination."),
    ] = None
    jobs: JobsOption = None
    against: Annotated[
        str,
        Option(
            "--against",
            metavar="NAME",
            autocompletion=completion.complete_counterpart,
            help="native, to time it in turn; torch, to train there, too.",
        ),
    ] = ""
    axes: Annotated[
        str,
        Option(
            "--axes",
            metavar="LIST",
            autocompletion=completion.complete_axes,
            help="With torch: axes of vary to try on both, such as threads,simd.",
        ),
    ] = ""
    budget: BudgetOption = ""
    fresh: Annotated[bool, Option("--fresh", help="Each repeat in a process of its own.")] = False


@attrs.frozen(kw_only=True)
class SuiteOptions:
    """What `benchmark --suite` measures and writes."""

    suite: Annotated[str | None, Option("--suite", metavar="NAME", help="cost: what reproducibility costs.")] = None
    quick: Annotated[bool, Option("--quick", help="Suite: a first result, in half a minute.")] = False
    parts: Annotated[str, Option("--parts", metavar="LIST", help="Suite: parts to measure, such as ops,steps.")] = ""
    sources: Annotated[list[Path] | None, Option("--from", metavar="FILE", help="Suite: JSON of earlier runs.")] = None
    plot: Annotated[_Place, Option("--plot", metavar="FILE", help="Suite: PNG file to write.")] = None
    report: Annotated[_Place, Option("--report", metavar="FILE", help="Suite: Markdown file to write.")] = None
