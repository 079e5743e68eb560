"""Sound files of every kind, made once a process, that are damaged afterwards."""

from __future__ import annotations

import contextlib
import gzip
import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.data.idx import encode_header
from appliance.runs.train import Request, train_and_write
from verify.arrays.leaves import list_leaves
from verify.arrays.samples import describe_leaf
from verify.arrays.worlds import capture_world
from verify.conformance.certificate import certify
from verify.files.array_golden import ARRAY_GOLDEN, ArrayCheck, ArrayGolden
from verify.files.array_store import format_store
from verify.files.checkpoint import (
    HISTORY_ROWS,
    STATEMENT,
    Checkpoint,
    NumpyGenerator,
    PythonGenerator,
    format_statement,
    seal_parts,
)
from verify.files.fingerprint import FINGERPRINT
from verify.files.golden import GOLDEN
from verify.files.goldens import locate_golden, read_golden
from verify.files.reading import read_bytes
from verify.host.fingerprint import capture
from verify.rendering.objects import describe_verification
from verify.results import Judgement, make_result
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = """\
schema = "repro-appliance/config/1"
name = "mine"
seed = 3
precision = "f32"
[data]
source = "synthetic"
train_samples = 64
test_samples = 16
[model]
layers = [{ kind = "dense", units = 8 }, { kind = "relu" }, { kind = "dense", units = 10 }]
inputs = 784
[training]
epochs = 1
batch_size = 16
[optimizer]
name = "adam"
learning_rate = 0.1
beta1 = 0.9
schedule = "step"
step_epochs = 2
"""
FLEET = """\
schema = "repro-appliance/fleet/1"
configs = ["smoke", "baseline"]
jobs = 2
seconds = 60.0
[[members]]
name = "here"
kind = "local"
python = "python3"
site = ["a", "b"]
variables = { A = "1", B_2 = "x" }
[[members]]
name = "there"
id = "host-1"
kind = "ssh"
host = "me@there.example"
command = "repro-appliance"
seconds = 5
[[members]]
name = "box"
kind = "container"
image = "repro-appliance:1"
platform = "linux/arm64"
[[members]]
name = "other"
kind = "isa"
emulator = "qemu-arm-static"
model = "cortex-a7"
root = "sys"
"""


@cache
def read_run() -> Mapping[str, bytes]:
    """Return the files of a run of `smoke`."""
    place = Path(mkdtemp(prefix="fuzz-")) / "smoke"
    train_and_write(Request(config="smoke", out=place), lambda _: contextlib.nullcontext())
    return {path.name: path.read_bytes() for path in sorted(place.iterdir())}


@cache
def make_array_golden() -> dict[str, Any]:
    """Return a golden of arrays as a JSON object."""
    world = capture_world()
    leaves = list_leaves({"small": [0.5, -0.0], "large": np.arange(100.0), "text": "x"})
    check = ArrayCheck(world=world.name, values={place: describe_leaf(leaf) for place, leaf in leaves.items()})
    golden = ArrayGolden(worlds={world.name: world}, tests={"test_one": {"1": check}})
    return ARRAY_GOLDEN.to_json(golden)


@cache
def make_array_store() -> bytes:
    """Return the bytes of a file of arrays."""
    return format_store({f"sha256:{'1' * 64}": np.arange(100.0), f"sha256:{'2' * 64}": np.zeros((0, 3), dtype="f4")})


@cache
def load_golden() -> dict[str, Any]:
    """Return the golden of `smoke` as a JSON object."""
    return GOLDEN.to_json(read_golden(locate_golden("smoke")))


@cache
def make_fingerprint() -> dict[str, Any]:
    """Return the fingerprint of this machine as a JSON object."""
    return FINGERPRINT.to_json(capture())


@cache
def make_report() -> dict[str, Any]:
    """Return what `verify --json` prints for `smoke`, with few checks."""
    checks = [make_result("C001", "pass"), make_result("E002", "info", expected="2.4.4", found="2.4.4")]
    digest = load_golden()["digests"]["run"]
    results = (make_result("V001", "pass"), make_result("V003", "pass", expected=digest, found=digest))
    judgement = Judgement(config="smoke", results=results, expected=digest, found=digest, here="x86_64")
    return {**describe_verification(checks, [judgement]), "environment": make_fingerprint(), "seconds": 0.5}


@cache
def make_certificate() -> dict[str, Any]:
    """Return what `certify --json` prints here, with few probes."""
    found: dict[str, Any] = json.loads(json.dumps({**certify().to_json(), "environment": make_fingerprint()}))
    return {**found, "probes": found["probes"][:3]}


@cache
def load_pins() -> dict[str, Any]:
    """Return the pins that ship."""
    pins: dict[str, Any] = json.loads(read_bytes(ROOT / "verify" / "pins.json", limit=2**20))
    return pins


@cache
def read_trace() -> Mapping[str, bytes]:
    """Return the files of a small trace, with captured operands."""
    place = Path(mkdtemp(prefix="fuzz-")) / "trace"
    recorder = Recorder(place, level="step", command=["x"], captures=[(1, 1, "f", 1)])
    for step in (1, 2):
        recorder.enter(1, step)
        array = np.full((3, 4), 0.5 * step, np.float32)
        recorder.event("data", "batch", outputs={"x": array}, at="a.py:1")
        recorder.event("operation", "f", inputs={"x": array.T}, outputs={"y": array, "loss": 0.5 * step})
    recorder.close({"not_seen": ["a"]})
    operands = sorted(place.glob("tensors/*"))
    return {
        path.relative_to(place).as_posix(): path.read_bytes() for path in (*sorted(place.glob("*.json*")), *operands)
    }


def make_idx(*, packed: bool) -> bytes:
    """Return an IDX file of three small images."""
    raw = encode_header((3, 4, 4)) + bytes(range(48))
    return gzip.compress(raw, mtime=0) if packed else raw


def make_cost() -> dict[str, Any]:
    """Return one run of the cost suite, with something of every part."""
    row = {
        "case": "784-128-10 batch 64", "kind": "step", "subject": "portable f32", "baseline": "native f32",
        "ratio": 0.9, "ratio_low": 0.8, "ratio_high": 1.0, "seconds": 0.001, "baseline_seconds": 0.0009,
        "precision": "f32", "examples_per_second": 64000.0, "hidden": 128, "batch": 64, "data": "images",
    }  # fmt: skip
    operation = {**row, "kind": "op", "case": "sum", "ratio_low": None, "ratio_high": None}
    place = {
        "python.version": "3.13.1", "numpy.version": "2.4.4", "machine": "x86_64", "libc": "glibc",
        "blas.name": "openblas", "blas.version": "0.3", "blas.kernel": "Haswell", "cpu.model": "A",
        "cpu.logical_cores": 2, "memory.bytes": 2**33,
        "os.name": "Linux", "load_before": [0.1], "peers": {"PyTorch": "2", "scikit-learn": None},
    }  # fmt: skip
    return {
        "schema": "repro-appliance/cost/1", "bits": 1, "measured": "2026-11-23", "quick": False, "parts": ["steps"],
        "threads": 1, "environment": place, "rows": [row, operation],
        "memory": [{"epochs": epochs, "hidden": 128, "bytes": 2**26} for epochs in (1, 4)],
        "start_up": [{"command": "verify", "seconds": 1.5, "low": 1.4, "high": 1.6}],
        "growth": [{"axis": "depth", "value": 2, "subject": "portable f32", "examples_per_second": 9e4}],
        "accuracy": [
            {"config": "mnist-mlp", "epochs": 10, "subject": name, "test_accuracy": 0.97}
            for name in ("native f32", "portable f32")
        ],
        "targets": [
            {
                "title": "peak memory", "bound": 1.02, "lower_is_better": True, "unit": "", "data": "",
                "found": 1.0, "low": None, "high": None, "where": "4 epochs", "met": True, "margin": 0.02,
            }
        ],
    }  # fmt: skip


def make_statement() -> bytes:
    """Return what a checkpoint says of itself."""
    digest = "sha256:" + "5" * 64
    return format_statement(
        Checkpoint(
            number=2, previous=digest, bits=2, config="smoke", config_digest=digest, profile="portable",
            precision="f32", dataset=digest, initial_weights=digest, epoch=1, step=4, terms=1, seconds=1.5, parts=1,
            python=PythonGenerator(version=3, gauss=None),
            numpy=NumpyGenerator(position=7, has_gauss=0, gauss="0x0.0p+0"), callbacks={"list": [None]},
        )
    )  # fmt: skip


def make_checkpoint() -> bytes:
    """Return a small checkpoint."""
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "state/dense_1.weight": np.ones((3, 2), np.float32),
        "term/0": np.zeros(4),
    }
    return b"".join(seal_parts(arrays, {STATEMENT: make_statement(), HISTORY_ROWS: b""})[1])
