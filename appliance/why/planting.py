"""Makes the two traces, or the two runs, of a planted difference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from appliance.processes.child import Command, Limits
from appliance.processes.own_package import find_package
from appliance.tracing.execute import trace_program
from appliance.tracing.request import TraceRequest
from appliance.vary.axes import find_axis
from appliance.vary.axis import Launch, Subject
from appliance.vary.launching import make_command
from appliance.vary.selection import test_axis
from appliance.vary.subjects import read_subject
from appliance.why.listing import order_listings
from appliance.why.plants import PROGRAMS
from appliance.why.programs import MARK
from appliance.why.states import is_world_variable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.processes.child import Children
    from appliance.why.plants import Arm, Plant

_ROWS, _COLUMNS = 120, 6
_CONFIG = """schema = "repro-appliance/config/1"
name = "planted"
seed = 1
precision = "f32"
[data]
source = "synthetic"
train_samples = 512
test_samples = 64
[model]
layers = [784, 192, 10]
[training]
epochs = 2
batch_size = 256
[optimizer]
name = "sgd"
learning_rate = 0.1
"""
_SECONDS = 300.0


class CannotPlantError(Exception):
    """A difference that cannot be planted on this machine, with the reason."""


def plant_program(
    plant: Plant, place: Path, environment: Mapping[str, str], python: str, children: Children
) -> tuple[Path, Path]:
    """Run a program twice with a planted difference; return the directories of both traces.

    Raises:
        CannotPlantError: it has no effect here.
    """
    own = {name: value for name, value in environment.items() if not is_world_variable(name)}
    made = []
    for letter, arm in (("a", plant.a), ("b", plant.b)):
        folder = place / arm.folder
        if not folder.is_dir():
            _write_files(folder, PROGRAMS[plant.program])
        launch = Launch(
            command=(python, "planted.py", *arm.words), environment={**own, **arm.variables}, directory=folder
        )
        launch = _apply(arm, launch, place, python, children)
        command = make_command(launch, (), place / f"startup-{letter}", (MARK, place.name))
        request = TraceRequest(
            command=command.arguments,
            output=place / f"trace-{letter}",
            environment=command.environment or {},
            directory=folder,
            quiet=True,
        )
        if trace_program(request).code != 0:
            raise CannotPlantError("the planted program fails here")
        made.append(request.output)
    return made[0], made[1]


def _apply(arm: Arm, launch: Launch, place: Path, python: str, children: Children) -> Launch:
    """Return a launch with the value of an axis that has an effect here."""
    if arm.axis is None:
        return launch
    name, value = arm.axis
    if name == "file-order":
        return order_listings(value)(launch)
    axis = find_axis(name)
    scratch = place / "probe"
    scratch.mkdir(exist_ok=True)

    def ask(probe: Launch) -> str:
        command = make_command(probe, (), scratch / "startup", (MARK, place.name))
        outcome = children.run(command, scratch, Limits(seconds=_SECONDS))
        return outcome.output.read_text(encoding="utf-8", errors="replace") if outcome.code == 0 else ""

    base = Subject(
        command=launch.command,
        python=Path(python),
        numpy=None,
        blas=(),
        cpu_features=(),
        scratch=scratch,
        environment=launch.environment,
    )
    given = () if value in ("first", "last") else (value,)
    tested = test_axis(axis, given, read_subject(base, ask), ask)
    if not tested.values:
        raise CannotPlantError(tested.reasons[0] if tested.reasons else "it has no effect here")
    return axis.apply(tested.values[0 if value == "first" else -1], launch)


def _write_files(folder: Path, program: str) -> None:
    """Write a program and the data that it reads."""
    folder.mkdir()
    (folder / "planted.py").write_text(program.strip() + "\n", encoding="utf-8")
    for number in range(8):
        (folder / f"part-{number}.txt").write_text(f"{1 / (number + 3)!r}\n", encoding="utf-8")
    x = np.linspace(-1, 1, _ROWS * _COLUMNS).reshape(_ROWS, _COLUMNS)
    x = x * x * x
    y = np.floor(np.linspace(0, 3.99, _ROWS))
    w = np.linspace(0.1, 0.6, _COLUMNS)
    zero = x.copy()
    zero[7, 2] = 0.0
    x[7, 2] = -0.0
    label, weight = y.copy(), w.copy()
    label[17] += 1
    weight[3] = np.nextafter(weight[3], 1)
    arrays = {
        "x": x, "y": y, "w": w, "x-zero": zero, "y-label": label, "w-one": weight, "x-turned": x[::-1],
        "y-turned": y[::-1], "x-more": np.concatenate([x, x[:1]]), "y-more": np.concatenate([y, y[:1]]),
    }  # fmt: skip
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array))


def plant_training(
    plant: Plant, place: Path, environment: Mapping[str, str], python: str, children: Children
) -> tuple[Path, Path]:
    """Train twice with a planted difference; return both run directories.

    Raises:
        CannotPlantError: the training fails.
    """
    (place / "planted.toml").write_text(_CONFIG, encoding="utf-8")
    own = {name: value for name, value in environment.items() if not is_world_variable(name)}
    made = []
    for letter, arm in (("a", plant.a), ("b", plant.b)):
        out = place / f"run-{letter}"
        words = (python, "-m", "appliance", "train", "--config", str(place / "planted.toml"), "--profile", "native")
        variables = {**own, "PYTHONPATH": find_package(own), **arm.variables}
        command = Command(arguments=(*words, "--out", str(out), *arm.words), environment=variables, directory=place)
        outcome = children.run(command, place, Limits(seconds=_SECONDS))
        if outcome.code != 0:
            raise CannotPlantError(outcome.messages.read_text(encoding="utf-8", errors="replace")[-300:])
        made.append(out)
    return made[0], made[1]
