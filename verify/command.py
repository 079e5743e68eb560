"""The judge without the maker: `python -m verify PATH...` for run directories, a bundle, or reports of many machines.

It needs no other package of this project: a run directory, or a set of reports, can be judged where nothing was
trained and nothing could be.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from verify.errors import ApplianceError, UsageError
from verify.files.goldens import read_run_digests
from verify.files.writing import format_json
from verify.judging.agreement import compare_legs
from verify.judging.bundles import SUFFIX, extract_bundle, hide_folder, judge_claim, read_bundle
from verify.judging.legs import read_leg
from verify.judging.runs import judge_run
from verify.rendering.lines import fit_lines
from verify.rendering.machines import report_agreement
from verify.rendering.objects import describe_agreement, describe_error, describe_verification
from verify.rendering.report import report_verification
from verify.rendering.text import render_text
from verify.results import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Parser(argparse.ArgumentParser):
    """Raises an error of the project for options that are wrong."""

    def error(self, message: str) -> NoReturn:
        """Show the usage, and raise UsageError."""
        self.print_usage(sys.stderr)
        raise UsageError(message, remedy="python -m verify --help")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m verify",
        description="Judge run directories, a bundle, or compare the reports of verify --json from many machines.",
        epilog="exit codes: 0 identical, 1 different, 2 usage, 3 could not judge",
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="run directories, a bundle (.zip), or files of reports"
    )
    parser.add_argument("--goldens", type=Path, metavar="DIR", help="where goldens are, if not the ones that ship")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser.parse_args(arguments)


def _judge_runs(paths: Sequence[Path], goldens: Path | None, *, as_json: bool) -> tuple[str, int]:
    judgements = [judge_run(path, goldens) for path in paths]
    report = report_verification([], judgements)
    text = format_json(describe_verification([], judgements)) if as_json else render_text(report) + "\n"
    return text, EXIT_CODES[report.verdict]


def _judge_bundle(path: Path, goldens: Path | None, *, as_json: bool) -> tuple[str, int]:
    bundle = read_bundle(path)
    with extract_bundle(bundle) as folder:
        judgements = [
            hide_folder(judge_claim(claim, folder, goldens), folder, path) for claim in bundle.manifest.claims
        ]
    report = report_verification([], judgements)
    text = format_json(describe_verification([], judgements)) if as_json else render_text(report) + "\n"
    return text, EXIT_CODES[report.verdict]


def _compare_reports(paths: Sequence[Path], goldens: Path | None, *, as_json: bool) -> tuple[str, int]:
    legs = [read_leg(path) for path in paths]
    configs = sorted({config for leg in legs for config in leg.digests})
    results = compare_legs(legs, None, read_run_digests(configs, goldens))
    report = report_agreement(legs, results)
    text = format_json(describe_agreement(legs, results)) if as_json else render_text(report) + "\n"
    return text, EXIT_CODES[report.verdict]


def _answer(paths: Sequence[Path], goldens: Path | None, *, as_json: bool) -> tuple[str, int]:
    """Return the text for standard output and the exit code.

    Raises:
        UsageError: a path does not exist, or directories and files are mixed.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UsageError("there is no such file or directory", found=missing[0])
    if len(paths) == 1 and paths[0].suffix == SUFFIX and not paths[0].is_dir():
        return _judge_bundle(paths[0], goldens, as_json=as_json)
    directories = [path.is_dir() for path in paths]
    if all(directories):
        return _judge_runs(paths, goldens, as_json=as_json)
    if any(directories):
        raise UsageError(
            "run directories and reports cannot be mixed",
            expected="only directories, or only files",
            found=", ".join(map(str, paths)),
        )
    return _compare_reports(paths, goldens, as_json=as_json)


def run(arguments: Sequence[str]) -> int:
    """Carry out the command line and return its exit code."""
    as_json = "--json" in arguments
    try:
        options = _parse(arguments)
        text, code = _answer(options.paths, options.goldens, as_json=options.json)
    except SystemExit as error:  # --help
        return int(error.code or 0)
    except ApplianceError as error:
        sys.stderr.write(f"{fit_lines(str(error))}\n")
        text, code = format_json(describe_error(error)) if as_json else "", error.exit_code
    return _write(text if as_json else fit_lines(text), code)


def _write(text: str, code: int) -> int:
    """Write to standard output; a reader that went away changes no exit code, a full disk is a usage error."""
    try:
        sys.stdout.write(text.encode("ascii", errors="backslashreplace").decode("ascii"))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        sys.stderr.write(f"{UsageError('the output cannot be written', found=error.strerror)}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UsageError.exit_code
    return code
