"""Options of the commands that make or show results: train, runs, predict, benchmark, export, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
from typer import Argument, Option

from appliance.cli import completion
from appliance.cli.options.several_groups import (  # noqa: TC001 - read while running
    BudgetOption,
    DataDirOption,
    EvidenceOption,
    GoldensOption,
    JobsOption,
    JsonOption,
)

ConfigOption = Annotated[
    str | None,
    Option("--config", metavar="NAME", autocompletion=completion.complete_config, help="The same as the argument."),
]

SeedOption = Annotated[int | None, Option("--seed", metavar="N", help="Another seed than the configuration's.")]
OutOption = Annotated[Path | None, Option("--out", metavar="DIR", help="Run directory to write.")]
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
TracePlanOption = Annotated[Path | None, Option("--trace-plan", hidden=True, help="Settings of a replay.")]
MicroBatchesOption = Annotated[
    int,
    Option(
        "--micro-batches", metavar="N", min=1, help="Parts of a batch, for less memory; portable results do not change."
    ),
]

RunsArgument = Annotated[
    Path | None, Argument(metavar="[DIR]", help="A directory of run directories; runs by default.")
]
SamplesArgument = Annotated[
    str,
    Argument(
        metavar="DATA",
        autocompletion=completion.complete_samples,
        help="A file (npy, npz:NAME, csv, IDX), a folder of images, or a data set, of which the test part is taken.",
    ),
]
PredictionsOption = Annotated[
    Path | None, Option("-o", "--out", metavar="FILE", help="File for all predictions: .csv, .npy or .npz.")
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
    plot: Annotated[Path | None, Option("--plot", metavar="FILE", help="Suite: PNG file to write.")] = None
    report: Annotated[Path | None, Option("--report", metavar="FILE", help="Suite: Markdown file to write.")] = None
