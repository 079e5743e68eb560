"""What an axis of variation is: its values, how one is applied, how its effect is proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@attrs.frozen(kw_only=True)
class Launch:
    """How a child is started; an axis returns a changed copy (`attrs.evolve`).

    Args:
        command: the program and its arguments.
        environment: all variables of the child.
        directory: the fresh copy of the working directory; the child is started inside it.
        prefix: programs put before the command, outermost first (setarch, taskset, faketime, unshare ... --).
        umask: the child's umask; None for ours.
        python_startup: lines of Python for a generated sitecustomize of Python children.
    """

    command: tuple[str, ...]
    environment: dict[str, str]
    directory: Path
    prefix: tuple[str, ...] = ()
    umask: int | None = None
    python_startup: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Subject:
    """What is varied.

    Args:
        command: the program and its arguments.
        python: the interpreter, if the program is one of Python.
        numpy: the version of NumPy that this interpreter imports, or None.
        blas: what the child's threadpoolctl says, or an entry per library with at least "internal_api" and "filepath".
        cpu_features: the SIMD features that the child's NumPy has found, in its own names.
        scratch: a directory where an axis may make files of its own; removed at the end.
        environment: all variables of the baseline's child.
    """

    command: tuple[str, ...]
    python: Path | None
    numpy: str | None
    blas: tuple[Mapping[str, object], ...]
    cpu_features: tuple[str, ...]
    scratch: Path
    environment: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Proof:
    """What was seen in a child that was started like the program.

    Args:
        effective: the value has an effect in the child.
        found: what the child said.
        reason: why the value is not tested.
        remedy: what would make it testable.
    """

    effective: bool
    found: str
    reason: str | None = None
    remedy: str | None = None


class Axis(Protocol):
    """One thing that is varied."""

    @property
    def name(self) -> str:
        """The axis in one word, as on the command line."""

    @property
    def title(self) -> str:
        """The axis in words."""

    @property
    def default(self) -> bool:
        """Whether the axis is part of the default set."""

    def values(self, subject: Subject) -> tuple[str, ...]:
        """Return the values; the first one is the baseline's ("as it is"), which is applied, too."""

    def apply(self, value: str, launch: Launch) -> Launch:
        """Return the launch with this value."""

    def prove(self, value: str, subject: Subject, run: Callable[[Launch], str]) -> Proof:
        """Look in a child whether the value has an effect.

        Args:
            value: one of `values`.
            subject: what is varied.
            run: starts a launch, with everything in it, and returns its standard output; "" if it cannot be started.
        """

    def advise(self) -> str:
        """Return what helps where this axis changes results."""
