"""What is asked of a trace of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT = 1 << 30


@attrs.frozen(kw_only=True)
class TraceRequest:
    """A program to run, and where its trace goes.

    Args:
        command: the program and its arguments; it, or a program that it starts, is run by Python.
        output: the directory of the trace; it must not exist, or be empty.
        environment: the variables of the program.
        watch: modules and packages to watch, besides the program's own file.
        directory: in which the program runs; None for this process's.
        captures: a file with ids of events with operands to keep (`verify.tracing.captures`).
        limit: the largest number of bytes of the events of one process.
        quiet: give the program's standard output to standard error.
    """

    command: tuple[str, ...]
    output: Path
    environment: Mapping[str, str]
    watch: tuple[str, ...] = ()
    directory: Path | None = None
    captures: Path | None = None
    limit: int = LIMIT
    quiet: bool = False
