"""Data several times larger than the memory a process may take: generated, trained on, the same bits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from appliance.data.sources.stored_files import locate_files
from appliance.launch.variables import plan_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces RLIMIT_AS"),
    pytest.mark.process,
    pytest.mark.slow,
]

SAMPLES = 720_000
HEADROOM = 112  # MiB
NEEDED = 700 << 20
LIMITED = Path(__file__).parents[2] / "support" / "limited.py"
CONFIG = """
schema = "repro-appliance/config/1"
name = "large"
seed = 4
precision = "f32"
data = {{ {source}, train_samples = {samples}, test_samples = 512 }}
model = {{ layers = [784, 16, 10] }}
training = {{ epochs = 1, batch_size = 2048 }}
optimizer = {{ name = "sgd", learning_rate = 0.1 }}
"""
ARRAYS = {
    "train_features": "large/train-images-idx3-ubyte",
    "train_labels": "large/train-labels-idx1-ubyte",
    "test_features": "large/t10k-images-idx3-ubyte",
    "test_labels": "large/t10k-labels-idx1-ubyte",
}
SOURCES = {
    "stored": 'source = "stored", directory = "large"',
    "arrays": 'source = "arrays", arrays = { ' + ", ".join(f'{key} = "{path}"' for key, path in ARRAYS.items()) + " }",
    "memory": 'source = "synthetic"',
}


def start(place: Path, headroom: int, *arguments: str) -> subprocess.Popen[str]:
    """Start the program in `place`, allowed `headroom` MiB beyond its start, or any amount for 0."""
    flags = ["-P"] if sys.flags.safe_path else []
    command = [sys.executable, *flags, str(LIMITED), str(headroom), *arguments]
    environment = {**os.environ, **plan_variables("portable", 1), "REPRO_APPLIANCE_DATA": str(place)}
    return subprocess.Popen(
        command, cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the program; return exit code, standard output, standard error."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def train(place: Path, source: str, headroom: int, *words: str, samples: int = SAMPLES) -> subprocess.Popen[str]:
    """Start training from files or from memory, with further options."""
    name = f"{source}-{headroom}"
    (place / f"{name}.toml").write_text(CONFIG.format(source=SOURCES[source], samples=samples))
    return start(place, headroom, "train", "--config", f"{name}.toml", "--out", f"run-{name}", "--json", *words)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a directory with a large stored set, generated under the limit; it is removed afterwards."""
    directory = tmp_path_factory.mktemp("large")
    free = shutil.disk_usage(directory).free
    if free < NEEDED:
        pytest.fail(f"{directory} has {free >> 20} MiB free, this test needs {NEEDED >> 20}; set --basetemp elsewhere")
    try:
        counts = ("--train-samples", str(SAMPLES), "--test-samples", "512", "--seed", "4")
        code, _, err = finish(start(directory, HEADROOM, "data", "generate", "large", *counts))
        assert code == 0, err
        yield directory
    finally:
        shutil.rmtree(directory)


def read_record(outcome: tuple[int, str, str]) -> dict[str, Any]:
    """Return the record that training printed."""
    code, out, err = outcome
    assert (code, err) == (0, "")
    record: dict[str, Any] = json.loads(out)
    return record


@pytest.fixture(scope="module")
def expected(place: Path) -> dict[str, Any]:
    """Return the record of training from memory, without a limit."""
    return read_record(finish(train(place, "memory", 0)))


@pytest.mark.parametrize("source", ["stored", "arrays"])
def test_data_larger_than_memory_give_the_bits_of_memory(source: str, place: Path, expected: dict[str, Any]) -> None:
    """Under a limit on memory, training from files has every digest of training from memory without one."""
    found = read_record(finish(train(place, source, HEADROOM)))
    size, limit = locate_files(place / "large")[0].stat().st_size, int((place / f"limit-{HEADROOM}").read_text())
    assert size > 4 * (HEADROOM << 20)
    assert size > 1.5 * limit
    digests = dict(found["digests"])
    assert digests.pop("run") != expected["digests"]["run"]
    assert digests == {name: digest for name, digest in expected["digests"].items() if name != "run"}
    assert found["epochs"] == expected["epochs"]


@pytest.mark.parametrize(("source", "says"), [("memory", "do not fit into memory"), ("stored", "memory ran out")])
def test_too_little_memory_is_one_error(place: Path, source: str, says: str) -> None:
    """Negative control: the limit stops training from memory, a lower one from files, without a traceback."""
    large = ("--set", "training.batch_size=65536") if source == "stored" else ()
    code, out, err = finish(train(place, source, 2 if large else HEADROOM, *large))
    assert code == 2
    assert says in json.dumps(json.loads(out)["error"])
    assert err.startswith(("the data do not fit", "memory ran out"))
    assert says in err
    assert "  try " in err
    assert "Traceback" not in err
