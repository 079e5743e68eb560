"""The operation alone in every world of `vary`'s axes: which of them change the bits of this one operation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import attrs

from appliance.processes.child import Children, Limits
from appliance.vary.axes import AXES
from appliance.vary.axis import Launch, Subject
from appliance.vary.launching import make_command
from appliance.vary.selection import test_axis
from appliance.vary.subjects import read_subject
from appliance.why.programs import MARK
from appliance.why.states import apply_setup

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appliance.vary.axis import Axis
    from appliance.why.alone import Marks, Operation
    from appliance.why.states import Setup

NUMERIC = ("threads", "kernel", "simd", "libm", "ftz", "memory", "hash-seed", "affinity")
_SECONDS = 60.0
Status = Literal["changes", "same", "not-tested"]


@attrs.frozen(kw_only=True)
class WorldRow:
    """One axis and one value.

    Args:
        axis: the axis.
        value: the value.
        status: whether the operation has another result with it.
        found: what the child read back, or why the value is not tested.
        marks: the result.
    """

    axis: str
    value: str
    status: Status
    found: str
    marks: Marks | None = None


@attrs.define(kw_only=True)
class Worlds:
    """Runs an operation in the worlds around one side's.

    Args:
        operation: what is run.
        setup: the world in which nothing is changed.
        python: the interpreter.
        scratch: a directory for files.
        environment: the variables of this process, without those that name a world.
    """

    operation: Operation
    setup: Setup
    python: Path
    scratch: Path
    environment: Mapping[str, str]

    def tabulate(self, names: tuple[str, ...] = NUMERIC) -> tuple[WorldRow, ...]:
        """Return one row for every axis and value."""
        subject = self._read_subject()
        base = self.operation.run(self.setup)
        axes = [axis for axis in AXES if axis.name in names]
        return tuple(row for axis in axes for row in self._try_axis(axis, subject, base))

    def _read_subject(self) -> Subject:
        launch = apply_setup(
            self.setup, Launch(command=("python",), environment=dict(self.environment), directory=self.scratch)
        )
        base = Subject(
            command=("python", "program.py"),
            python=self.python,
            numpy=None,
            blas=(),
            cpu_features=(),
            scratch=self.scratch,
            environment=launch.environment,
        )
        return read_subject(base, self.ask)

    def ask(self, launch: Launch) -> str:
        """Start a probe of an axis and return its standard output."""
        room = self.scratch / "probe"
        room.mkdir(parents=True, exist_ok=True)
        command = make_command(launch, (), room / "startup", (MARK, self.scratch.name))
        outcome = Children().run(command, room, Limits(seconds=_SECONDS))
        try:
            return outcome.output.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def _try_axis(self, axis: Axis, subject: Subject, base: Marks | None) -> list[WorldRow]:
        tested = test_axis(axis, (), subject, self.ask)
        if not tested.values:
            reason = tested.reasons[0] if tested.reasons else "it has only one value here"
            return [WorldRow(axis=axis.name, value="", status="not-tested", found=reason)]
        rows = []
        for value in tested.values:
            marks = self.operation.run(self.setup, partial(axis.apply, value))
            status: Status = "not-tested" if marks is None else "same" if marks == base else "changes"
            found = "the operation could not be run" if marks is None else tested.found.get(value, "")
            rows.append(WorldRow(axis=axis.name, value=value, status=status, found=found, marks=marks))
        return rows
