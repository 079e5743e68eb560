"""Assembles the command line, runs it, and turns every failure into an exit code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from appliance import __version__
from appliance.cli import (
    agree,
    benchmark,
    certify,
    checklist,
    completion,
    config,
    data,
    diff,
    export,
    failures,
    fingerprint,
    fleet,
    golden,
    predict,
    prove,
    report,
    runs,
    shrink,
    trace,
    train,
    vary,
    verify,
    why,
    workers,
)
from appliance.cli import run as run_verb
from appliance.cli.again import Given
from appliance.cli.guide import GuidedCommand, GuidedGroup
from appliance.cli.later import Later
from appliance.cli.options.program import (  # noqa: TC001 - typer reads them
    DebugOption,
    FullOption,
    InstallCompletionOption,
    ShowCompletionOption,
    VersionOption,
)
from appliance.cli.printing import Output, print_error, print_note, show
from appliance.cli.streams import find_write_error, tolerant_streams
from verify.bits import BITS_VERSION
from verify.errors import UsageError
from verify.startup.signals import describe_exit_code, find_exit_code

if TYPE_CHECKING:
    import traceback

    from verify.digests import JsonObject
else:
    traceback = Later("traceback")

VERSION_SCHEMA = "repro-appliance/version/1"
_HELP = """Find what changes the bits of a program's results, and why.

Train networks whose results have the same bits on every machine, and prove it.
"""
_EVERYWHERE = "--debug, --full and -h may stand before or after the command."
_DEBUG, _FULL, _JSON, _VERSION = "--debug", "--full", "--json", "--version"


def _make_group(help_text: str) -> typer.Typer:
    return typer.Typer(cls=GuidedGroup, help=help_text, no_args_is_help=True, rich_markup_mode=None)


app = typer.Typer(
    name=failures.PROGRAM,
    cls=GuidedGroup,
    help=_HELP,
    epilog=_EVERYWHERE,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _body in (
    train.train,
    benchmark.benchmark,
    verify.verify,
    certify.certify,
    fingerprint.fingerprint,
    fleet.fleet,
    agree.agree,
    diff.diff,
    trace.trace,
    vary.vary,
    shrink.shrink,
    run_verb.run,
    runs.runs,
    predict.predict,
    export.export,
    checklist.checklist,
    report.report,
    why.why,
):
    app.command(cls=GuidedCommand)(_body)

golden_app = _make_group("Record, list and check goldens.")
for _name, _body in (("record", golden.record), ("list", golden.list_goldens), ("check", golden.check)):
    golden_app.command(_name, cls=GuidedCommand)(_body)
app.add_typer(golden_app, name="golden")

config_app = _make_group("List, show and begin configurations.")
for _name, _body in (("list", config.list_configs), ("show", config.show_config), ("new", config.new)):
    config_app.command(_name, cls=GuidedCommand)(_body)
app.add_typer(config_app, name="config")

prove_app = _make_group("Try whether results stay the same: stopped and resumed, on several workers.")
for _name, _body in (("resume", prove.resume), ("workers", prove.workers)):
    prove_app.command(_name, cls=GuidedCommand)(_body)
app.add_typer(prove_app, name="prove")

data_app = _make_group("Data sets, their digests and checks.")
for _name, _body in (
    ("list", data.list_sets),
    ("check", data.check),
    ("fetch", data.fetch),
    ("generate", data.generate),
):
    data_app.command(_name, cls=GuidedCommand)(_body)
app.add_typer(data_app, name="data")


@app.callback(help=_HELP)
def main_options(
    *,
    debug: DebugOption = False,
    full: FullOption = False,
    version: VersionOption = False,
    show_completion: ShowCompletionOption = None,
    install_completion: InstallCompletionOption = None,
) -> None:
    """Take the options that stand before every command; `run` has removed the first two."""


def show_version() -> int:
    """Print the version of the program and of its arithmetic as JSON."""
    body: JsonObject = {"schema": VERSION_SCHEMA, "version": __version__, "bits": BITS_VERSION}
    show(body, lambda: __version__, as_json=True)
    return 0


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code.

    A reader that closes the pipe, or a closed stream, changes no exit code; output that cannot be written is 2.
    """
    with tolerant_streams() as output:
        code = _run(arguments)
        output.flush()
        failure = find_write_error(output)
        if failure is None:
            return code
        print_error(UsageError("the output cannot be written", where="standard output", found=failure))
    return UsageError.exit_code


def _read_help(words: list[str]) -> list[str]:
    """Return `help COMMAND` in the form that the parser knows: `COMMAND --help`."""
    return [*words[1:], "--help"] if words[:1] == ["help"] else words


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    options = failures.list_options(arguments)
    Output.full = _FULL in options
    words = [*(word for word in options if word not in (_DEBUG, _FULL)), *arguments[len(options) :]]
    try:
        if os.environ.get(completion.VARIABLE):
            return completion.answer_shell(command, os.environ[completion.VARIABLE])
        if sorted(words) == [_JSON, _VERSION]:
            return show_version()
        words = _read_help(completion.name_shells(words))
        Given.arguments = tuple(arguments)
        code = int(command.main(args=words, prog_name=failures.PROGRAM, standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        code = failures.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - no exception may end with the exit code of "different"
        if _DEBUG in options:
            print_error(traceback.format_exc().rstrip("\n"))
        if failures.asks_for_help(error):
            print_note(str(error))
            return UsageError.exit_code
        failure = failures.describe_failure(error)
        workers.show_ending(failure, as_json=failures.wants_json(arguments))
        return failure.exit_code
    if code == failures.INTERRUPTED:
        code = find_exit_code()
        stopped = failures.StoppedError(describe_exit_code(code), exit_code=code)
        workers.show_ending(stopped, as_json=failures.wants_json(arguments))
    return code
