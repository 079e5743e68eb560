"""Options of commands in several groups: configurations, how a run is made, limits, what is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import attrs
from typer import Argument, Option

from appliance.cli import completion

CONFIG = "Name of a configuration, or a path ending in .toml."
NameArgument = Annotated[str | None, Argument(autocompletion=completion.complete_config, help=CONFIG)]
SetOption = Annotated[
    list[str] | None,
    Option("--set", metavar="KEY=VALUE", help="Another value for a key, such as training.epochs=3; repeatable."),
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
ThreadsOption = Annotated[
    int, Option("--threads", metavar="N", min=1, max=4096, help="BLAS threads; portable results do not change.")
]
DataDirOption = Annotated[Path | None, Option("--data-dir", metavar="DIR", help="Directory of the data files.")]
JsonOption = Annotated[bool, Option("--json", help="One JSON object on stdout.")]
SelfTestOption = Annotated[bool, Option("--self-test", help="Break things on purpose; each must be noticed.")]
JunitOption = Annotated[Path | None, Option("--junit", metavar="FILE", help="Also write JUnit XML to this file.")]
MarkdownOption = Annotated[Path | None, Option("--markdown", metavar="FILE", help="Add the table to this file.")]
JobsOption = Annotated[
    int | None, Option("--jobs", metavar="N", min=1, help="How many at a time, each in a process of its own.")
]
GoldensOption = Annotated[
    Path | None,
    Option(
        "--goldens",
        metavar="DIR",
        help="Directory of goldens; by default those that ship, and for a configuration of yours goldens/ beside it.",
    ),
]
EvidenceOption = Annotated[
    list[Path] | None,
    Option(
        "--evidence",
        metavar="FILE",
        help="JSON of benchmark, prove, vary, verify, agree or fleet about this run; repeatable.",
    ),
]
RunArgument = Annotated[Path, Argument(metavar="RUN", help="A run directory.")]
BudgetOption = Annotated[str, Option("--budget", metavar="TIME", help="Time for the search, such as 90s, 10m or 1h.")]
TimeLimitOption = Annotated[
    str,
    Option("--time-limit", metavar="TIME", help="Wall time of one run; by default ten times the first, in prove 10m."),
]


@attrs.frozen(kw_only=True)
class RunOptions:
    """How a run is made and shown; the options that `train`, `benchmark` and `verify` share."""

    profile: ProfileOption = "portable"
    threads: ThreadsOption = 1
    data_dir: DataDirOption = None
    as_json: JsonOption = False
