"""Reads a request from the words of a command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from appliance.vary.execute import Request
from verify.errors import UsageError
from verify.startup.origin import describe_start, select_variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TIME = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGT]?)i?B?", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_BYTES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_OURS = ("REPRO_APPLIANCE_ORIGIN", "REPRO_APPLIANCE_WORLD", "OLDPWD", "PWD", "_")


class Options(Protocol):
    """The options of the command."""

    @property
    def axes(self) -> str:
        """Names of axes with commas between them."""

    @property
    def axis(self) -> list[str] | None:
        """Axes with values."""

    @property
    def output(self) -> list[str] | None:
        """Patterns of the files that are compared."""

    @property
    def budget(self) -> str:
        """Time for the search."""

    @property
    def limit(self) -> str:
        """Wall time of one run."""

    @property
    def memory(self) -> str:
        """Memory of one run."""

    @property
    def disk(self) -> str:
        """Files of one run."""

    @property
    def processes(self) -> int:
        """Processes of one run at one time."""


def make_request(
    command: Sequence[str],
    directory: Path | None,
    environment: Mapping[str, str],
    options: Options,
    *,
    globs: Sequence[str] = (),
) -> Request:
    """Return the request of a command line.

    Args:
        command: the program and its arguments.
        directory: the working directory; None for an empty one.
        environment: the variables of the program.
        options: the options of the command.
        globs: patterns of outputs where the options have none.

    Raises:
        UsageError: an option cannot be read.
    """
    return Request(
        command=tuple(command),
        directory=directory,
        environment=environment,
        axes=tuple(name.strip() for name in options.axes.split(",") if name.strip()),
        values=dict(_read_axis(text) for text in options.axis or ()),
        globs=tuple(options.output or globs),
        budget=read_time(options.budget, "--budget"),
        limit=read_time(options.limit, "--time-limit"),
        memory=_read_size(options.memory, "--memory-limit"),
        disk=_read_size(options.disk, "--disk-limit"),
        processes=options.processes,
    )


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the user had, without those of this program and of the place where it was started.

    This process may have set others for its own arithmetic; the origin keeps what the user had.
    """
    ours = select_variables(dict(environment))
    left = {name: value for name, value in environment.items() if name not in ours}
    return {name: value for name, value in (left | describe_start().environment).items() if name not in _OURS}


def read_time(text: str, option: str) -> float | None:
    """Return a time in seconds; None for no text.

    Raises:
        UsageError: it is no time.
    """
    if not text:
        return None
    found = _TIME.fullmatch(text.strip().lower())
    if found is None or float(found[1]) <= 0:
        raise UsageError(f"{option} is no time", expected="a number with s, m or h, such as 10m", found=text)
    return float(found[1]) * _SECONDS[found[2]]


def _read_size(text: str, option: str) -> int | None:
    if not text:
        return None
    found = _SIZE.fullmatch(text.strip())
    if found is None or float(found[1]) <= 0:
        raise UsageError(f"{option} is no size", expected="a number with K, M or G, such as 4G", found=text)
    return int(float(found[1]) * _BYTES[found[2].upper()])


def _read_axis(text: str) -> tuple[str, tuple[str, ...]]:
    name, equals, values = text.partition("=")
    given = tuple(value.strip() for value in values.split(",") if value.strip())
    if not name or not equals or not given:
        raise UsageError("--axis cannot be read", expected="NAME=V1,V2", found=text)
    return name.strip(), given
