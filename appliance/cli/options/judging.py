"""Options of the commands that judge results: verify, agree, fleet, prove, checklist, fingerprint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
from typer import Argument, Option

from appliance.cli import completion
from appliance.cli.options.several_groups import (  # noqa: TC001 - read while running
    DataDirOption,
    JobsOption,
    JsonOption,
    JunitOption,
    MarkdownOption,
    ThreadsOption,
    TimeLimitOption,
)

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
DiffOption = Annotated[tuple[Path, Path] | None, Option("--diff", metavar="A B", help="Two fingerprints to compare.")]

MembersArgument = Annotated[
    list[str] | None, Argument(autocompletion=completion.complete_member, help="Members; none for all.")
]
MembersOption = Annotated[
    Path, Option("--members", metavar="FILE", help="The file that declares the members of a fleet.")
]
ReportsOption = Annotated[Path | None, Option("--reports", metavar="DIR", help="Directory for every member's report.")]
ReportsArgument = Annotated[list[Path], Argument(help="Reports of verify --json, or directories of them.")]
ExpectOption = Annotated[Path | None, Option("--expect", metavar="FILE", help="JSON list of all legs.")]
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
    Path | None,
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
class TableOptions:
    """Where a table of machines is shown and written; the options that `fleet` and `agree` share."""

    markdown: MarkdownOption = None
    junit: JunitOption = None
    as_json: JsonOption = False
