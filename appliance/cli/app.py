"""Assembles the command line, runs it, and turns every failure into an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import click
import typer

from appliance.cli import (
    agree,
    benchmark,
    certify,
    data,
    fingerprint,
    fleet,
    golden,
    train,
    verify,
)
from appliance.cli.later import Later
from appliance.cli.printing import print_error, print_note
from appliance.cli.streams import find_write_error, tolerant_streams
from verify.errors import ApplianceError, UsageError

if TYPE_CHECKING:
    import traceback
else:
    traceback = Later("traceback")

_HELP = "Train and benchmark neural networks with the same bits on every machine, and prove it."
_INTERRUPTED = 130

app = typer.Typer(
    name="repro-appliance",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _body in (
    train.train,
    benchmark.benchmark,
    verify.verify,
    certify.certify,
    fingerprint.fingerprint,
    fleet.fleet,
    agree.agree,
):
    app.command()(_body)

golden_app = typer.Typer(help="Record, list and check goldens.", no_args_is_help=True, rich_markup_mode=None)
for _name, _body in (("record", golden.record), ("list", golden.list_goldens), ("check", golden.check)):
    golden_app.command(_name)(_body)
app.add_typer(golden_app, name="golden")

data_app = typer.Typer(help="Data sets, their digests and controls.", no_args_is_help=True, rich_markup_mode=None)
for _name, _body in (
    ("list", data.list_sets),
    ("check", data.check),
    ("fetch", data.fetch),
    ("generate", data.generate),
):
    data_app.command(_name)(_body)
app.add_typer(data_app, name="data")


@app.callback(help=_HELP)
def main_options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Take the options that stand before every command."""


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


def _run(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    try:
        code = int(command.main(args=arguments, prog_name="repro-appliance", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        code = _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - no exception may end with the exit code of "different"
        if "--debug" in arguments:
            print_error(traceback.format_exc().rstrip("\n"))
        failure = describe_failure(error)
        print_error(failure)
        return failure.exit_code
    if code == _INTERRUPTED:
        print_note("interrupted")
    return code


def describe_failure(error: Exception) -> ApplianceError:
    """Return any exception as an error of the project."""
    if isinstance(error, ApplianceError):
        return error
    if isinstance(error, MemoryError):
        remedy = "smaller batches or layers, fewer samples, or the data source stored (docs/data.md)"
        return UsageError("memory ran out", found=error if error.args else None, remedy=remedy)
    if isinstance(error, OSError):
        return UsageError("a file cannot be read or written", where=error.filename, found=error.strerror or error)
    found = f"{type(error).__name__}: {error}"
    return UsageError("internal error", found=found, remedy="--debug shows where; please report it")
