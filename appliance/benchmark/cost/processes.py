"""What whole processes take: the time until a command is done, the memory that a training run needs at most."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.fresh import start_python
from appliance.benchmark.statistics import summarize_median
from appliance.benchmark.timing import Effort, Runner, Watch, measure
from appliance.config import load_config, make_stack
from appliance.training.execute import run_training
from verify.errors import CouldNotJudgeError
from verify.files.settings import format_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.config.schema import Config
    from appliance.processes.captured import Answer

    Start = Callable[[Sequence[str]], Answer]

_EPOCHS = (1, 2, 4)
_WIDTHS = (32, 512, 2048)
_STATUS = Path("/proc/self/status")
_TRAIN = (
    "import json, sys; from appliance.benchmark.cost.processes import train_measuring;"
    " print(json.dumps(train_measuring(sys.argv[1])))"
)


def read_peak_memory() -> int | None:
    """Return the most memory this process ever had in use, in bytes; None where the system does not tell.

    Linux counts into `ru_maxrss` what the parent had before the program started, hence VmHWM first.
    """
    if _STATUS.exists():
        rows = dict(line.split(":", 1) for line in _STATUS.read_text(encoding="ascii").splitlines())
        if "VmHWM" in rows:
            return int(rows["VmHWM"].split()[0]) * 1024
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:
        return None
    peak = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak if sys.platform == "darwin" else peak * 1024


def train_measuring(config: str) -> int | None:
    """Train the configuration of that name or path in this process; return the process's peak memory in bytes."""
    run_training(load_config(config))
    return read_peak_memory()


def list_memory_cases(*, quick: bool) -> list[Config]:
    """Return `baseline` with several numbers of epochs, and with several widths."""
    base = load_config("baseline")
    data = attrs.evolve(base.data, train_samples=2048, test_samples=256)
    base = attrs.evolve(base, data=data, training=attrs.evolve(base.training, epochs=1))
    longer = [attrs.evolve(base, training=attrs.evolve(base.training, epochs=epochs)) for epochs in _EPOCHS]
    wider = [attrs.evolve(base, model=make_stack(784, width, 10)) for width in _WIDTHS]
    return longer[::2] if quick else longer + wider


def measure_memory(config: Config) -> dict[str, Any]:
    """Train in a fresh process; return epochs, hidden size and the peak in bytes, None where it cannot be read.

    Raises:
        CouldNotJudgeError: the process failed.
    """
    with tempfile.TemporaryDirectory(prefix="repro-appliance-") as folder:
        path = Path(folder) / f"{config.name}.toml"
        path.write_text(format_settings(config.settings()), encoding="utf-8")
        done = start_python(["-c", _TRAIN, str(path)])
    _require_success(done, "training for its memory")
    return {
        "epochs": config.training.epochs,
        "hidden": (config.model.widths or (0, 0))[1],
        "bytes": json.loads(done.output),
    }


def list_commands(folder: str) -> dict[str, list[str]]:
    """Return the commands that are timed, beginning with an interpreter that does nothing."""
    program = ["-m", "appliance"]
    return {
        "python alone": ["-c", "pass"],
        "--help": [*program, "--help"],
        "fingerprint": [*program, "fingerprint", "--json"],
        "train smoke": [*program, "train", "--config", "smoke", "--json", "--out", folder],
        "verify": [*program, "verify", "--json"],
    }


def measure_start_up(effort: Effort, start: Start | None = None, watch: Watch | None = None) -> list[dict[str, Any]]:
    """Return the wall time of each command, started in turns as a user would start it, in seconds.

    Raises:
        CouldNotJudgeError: a command failed. `verify` may say what it likes about results and pins.
    """
    with tempfile.TemporaryDirectory(prefix="repro-appliance-") as folder:
        commands = list_commands(folder)
        runners = {name: _start_in(Path(folder), name, words, start) for name, words in commands.items()}
        seconds = measure(runners, effort, watch)
    return describe_times(seconds)


def _start_in(folder: Path, name: str, arguments: list[str], start: Start | None) -> Runner:
    def run(first: int, count: int) -> None:
        for number in range(first, first + count):
            words = [str(folder / f"run-{number}") if word == str(folder) else word for word in arguments]
            done = start(words) if start else start_python(words, prepared=False)
            if name != "verify" or done.code not in (0, 1, 3):
                _require_success(done, name)

    return run


def describe_times(seconds: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Return command, median, interval and count of each command's times in seconds."""
    rows = []
    for name, values in seconds.items():
        median = summarize_median(values)
        rows.append(
            {"command": name, "seconds": median.median, "low": median.low, "high": median.high, "rounds": median.n}
        )
    return rows


def _require_success(done: Answer, where: str) -> None:
    if done.code != 0:
        found = f"{done.code}: {done.last_line}"
        raise CouldNotJudgeError("a measured process failed", expected="exit code 0", found=found, where=where)
