"""The operation at the origin alone: one small process for each world, with the captured operands."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

import verify.tracing
from appliance.processes.child import Children, Limits
from appliance.tracing.staging import COPY, HOME
from appliance.vary.axis import Launch
from appliance.vary.launching import make_command
from appliance.why.programs import MARK
from appliance.why.states import apply_setup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appliance.why.states import Setup
    from verify.files.trace import Event

    Marks = tuple[str, ...]

_SECONDS = 120.0
_FOLDER = Path(__file__).parent
_PROGRAM = "operation.py"


@attrs.define(kw_only=True)
class Operation:
    """One operation with its operands.

    Args:
        event: as it was recorded.
        operands: the file with its operands.
        scratch: a directory for files.
        environment: the variables of this process, without those that name a world.
        way: how it is called; "" until one way has repeated what was recorded.
        expected: the recorded fingerprints of its results; None for those of the event.
        runs: how many processes were started.
    """

    event: Event
    operands: Path
    scratch: Path
    environment: Mapping[str, str]
    way: str = ""
    expected: Marks | None = None
    runs: int = 0

    @property
    def marks(self) -> Marks:
        """What was recorded of its results."""
        return read_marks(self.event) if self.expected is None else self.expected

    def run(self, setup: Setup, change: Callable[[Launch], Launch] | None = None) -> Marks | None:
        """Return the fingerprints of the results in a world; None where the operation cannot be run alone.

        Args:
            setup: the world.
            change: a further change of the launch, such as a value of an axis.
        """
        answer = self.ask(_PROGRAM, {}, setup, change)
        if not self.way:
            wanted = self.marks
            self.way = next((way for way, found in answer.items() if take_marks(found) == wanted), "")
        return take_marks(answer.get(self.way)) if self.way else None

    def ask(
        self, program: str, details: Mapping[str, Any], setup: Setup, change: Callable[[Launch], Launch] | None = None
    ) -> dict[str, Any]:
        """Return what a program of this room says of the operation in a world; nothing where it fails.

        Args:
            program: the name of its file.
            details: what it is told beside stage, operands and inputs.
            setup: the world.
            change: a further change of the launch.
        """
        self.runs += 1
        room = self.scratch / f"alone-{self.runs}"
        room.mkdir(parents=True)
        specification = room / "specification.json"
        specification.write_text(json.dumps({**self._describe(), **details}), encoding="utf-8")
        child = stage_child(self.scratch / "child", _FOLDER / program)
        command = (sys.executable, str(child), str(specification))
        launch = apply_setup(setup, Launch(command=command, environment=dict(self.environment), directory=room))
        if change is not None:
            launch = change(launch)
        started = make_command(launch, (), room / "startup", (MARK, self.scratch.name))
        outcome = Children().run(started, room, Limits(seconds=_SECONDS))
        try:
            answer: dict[str, Any] = json.loads(outcome.output.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return answer

    def _describe(self) -> dict[str, Any]:
        stage = self.event.stage
        inputs = [{"name": one.name, "dtype": one.dtype, "value": one.value} for one in self.event.inputs or ()]
        if stage.startswith("numpy.ndarray."):
            inputs.append({"name": "method", "dtype": "str", "value": stage.rpartition(".")[2]})
        return {"stage": stage, "operands": str(self.operands), "inputs": inputs, "way": self.way}


def stage_child(folder: Path, program: Path) -> Path:
    """Copy the children's programs of this room and the recorder into a directory; return the copy of one program."""
    package = folder / COPY
    if not package.is_dir():
        package.mkdir(parents=True)
        for path in sorted(Path(verify.tracing.__file__).parent.glob("*.py")):
            text = path.read_text(encoding="utf-8").replace(HOME, COPY)
            (package / path.name).write_text(text, encoding="utf-8")
    for path in (program, _FOLDER / _PROGRAM):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder / program.name


def read_marks(event: Event) -> Marks:
    """Return type, shape and fingerprint of everything that an event has made."""
    return tuple(f"{tensor.dtype} {list(tensor.shape)} {tensor.fingerprint}" for tensor in event.outputs)


def read_inputs(event: Event) -> Marks:
    """Return the same of everything that an event was given."""
    return tuple(f"{tensor.dtype} {list(tensor.shape)} {tensor.fingerprint}" for tensor in event.inputs or ())


def take_marks(found: object) -> Marks | None:
    """Return the same of what a child says; None where it says no result."""
    if not isinstance(found, list):
        return None
    return tuple(f"{row['dtype']} {row['shape']} {row['fingerprint']}" for row in found)
