"""Turns every exception into an error of the project, with its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.parser import ClickException
from verify.errors import ApplianceError, CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
PROGRAM = "repro-appliance"


class StoppedError(ApplianceError):
    """A signal ended the program.

    Args:
        title: what happened.
        exit_code: 130 for an interrupt, 143 for SIGTERM, 129 for SIGHUP.
        kept: what of the work was kept.
        remedy: the command that continues it.
    """

    def __init__(self, title: str, *, exit_code: int, kept: str | None = None, remedy: str | None = None) -> None:
        super().__init__(title, found=kept, remedy=remedy)
        self.exit_code = exit_code


def describe_failure(error: Exception) -> ApplianceError:
    """Return any exception as an error of the project."""
    if isinstance(error, ApplianceError):
        return error
    if isinstance(error, ClickException):
        return _describe_request(error)
    known = _describe_host(error)
    if known is not None:
        return known
    if isinstance(error, ValueError) and "null byte" in str(error):
        return UsageError("a path cannot hold a zero byte", found=error)
    found = f"{type(error).__name__}: {error}"
    return UsageError("internal error", found=found, remedy="--debug shows where; please report it")


def _describe_host(error: Exception) -> ApplianceError | None:
    """Return what this machine lacks; None for an exception of another kind."""
    if isinstance(error, MemoryError) or (isinstance(error, ImportError) and "failed to map segment" in str(error)):
        remedy = "smaller batches or layers, fewer samples, or the data source stored (docs/data.md)"
        return UsageError("memory ran out", found=error if error.args else None, remedy=remedy)
    if isinstance(error, BlockingIOError) or (isinstance(error, RuntimeError) and "new thread" in str(error)):
        remedy = "allow more processes (docker run --pids-limit, ulimit -u), or end other programs"
        return CouldNotJudgeError("the system starts no more threads or processes", found=error, remedy=remedy)
    if isinstance(error, OSError):
        return UsageError("a file cannot be read or written", where=error.filename, found=error.strerror or error)
    return None


def _describe_request(error: ClickException) -> ApplianceError:
    """Return what is wrong with the words of a command line."""
    context = getattr(error, "ctx", None)
    verb = context.command_path if context is not None else PROGRAM
    title = error.format_message().strip().rstrip(".")
    return UsageError(title[:1].lower() + title[1:], remedy=f"{verb} --help")


def asks_for_help(error: Exception) -> bool:
    """Tell whether an exception of the parser only means that a group of commands was called without one."""
    return type(error).__name__ == "NoArgsIsHelpError"  # since click 8.2


def wants_json(arguments: Sequence[str]) -> bool:
    """Tell whether a command line asks for JSON, also one that cannot be read."""
    return "--json" in list_options(arguments)


def list_options(arguments: Sequence[str]) -> list[str]:
    """Return the words of a command line before a word `--`, after which nothing is an option."""
    words = list(arguments)
    return words[: words.index("--")] if "--" in words else words
