"""Plausible records as plain data, with the means to damage them in one place."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

from verify.bits import BITS_VERSION
from verify.digests import digest_json
from verify.files.fingerprint import MachineSummary
from verify.files.golden import GOLDEN, build_golden, build_native
from verify.files.record import RECORD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.files.golden import Golden
    from verify.files.record import RunRecord

MADE_WITH = MachineSummary(python="3.13.14", numpy="2.4.4", machine="x86_64", blas="openblas", blas_kernel="SkylakeX")
HERE = "sha256:" + "1" * 64
ELSEWHERE = "sha256:" + "2" * 64


def fake_digest(text: str) -> str:
    """Return a digest made from a text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def make_record(name: str = "sample", profile: str = "portable") -> dict[str, Any]:
    """Return the record of a run of two epochs as a JSON object."""
    settings = {
        "name": name,
        "optimizer": {"learning_rate": 0.1},
        "model": {"layers": [784, 16, 10]},
        "precision": "f32",
        "seed": 7,
    }
    stages = ("dataset", "initial_weights", "final_weights", "history", "predictions", "run")
    return {
        "schema": "repro-appliance/run/1",
        "bits": BITS_VERSION,
        "config": name,
        "config_digest": digest_json(settings),
        "settings": settings,
        "seed": 7,
        "profile": profile,
        "precision": "f32",
        "digests": {stage: fake_digest(f"{profile} {stage}") for stage in stages},
        "metrics": {"train_loss": 0.25, "test_loss": 0.5, "test_accuracy": 0.875},
        "epochs": [
            {"epoch": 1, "train_loss": 0.75, "test_loss": 0.7, "test_accuracy": 0.5, "weights": fake_digest("1")},
            {"epoch": 2, "train_loss": 0.25, "test_loss": 0.5, "test_accuracy": 0.875, "weights": fake_digest("2")},
        ],
        "samples": {
            "dense_1.weight": [
                {"index": [0, 0], "value": (0.5).hex()},
                {"index": [783, 15], "value": (-0.0625).hex()},
            ],
            "dense_1.bias": [{"index": [0], "value": (1.0).hex()}],
        },
        "timing": {"seconds": 1.5, "examples_per_second": 1000.0},
        "run_dir": "runs/sample-7-portable",
    }


def make_golden(name: str = "sample", *, native: bool = False) -> dict[str, Any]:
    """Return the golden of `make_record(name)` as a JSON object, with native results of the class HERE if asked."""
    section = build_native(parse_record(make_record(name, "native")), HERE) if native else None
    return GOLDEN.to_json(build_golden(parse_record(make_record(name)), MADE_WITH, native=section))


def parse_record(record: Mapping[str, Any]) -> RunRecord:
    """Return the record in a JSON object."""
    return RECORD.parse(dict(record), "a specimen")


def parse_unsound(golden: Mapping[str, Any]) -> Golden:
    """Return the golden in a JSON object without asking whether it is sound."""
    return GOLDEN.parse(dict(golden), "a specimen")


def change(value: Mapping[str, Any], path: str, new: object) -> dict[str, Any]:
    """Return a deep copy in which the place at `path` ("epochs.1.weights") has the value `new`."""
    copied = copy.deepcopy(dict(value))
    place: Any = copied
    *steps, last = path.split(".")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = new
    return copied


def remove(value: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return a deep copy without a key."""
    return {name: copy.deepcopy(item) for name, item in value.items() if name != key}


def reseal(golden: Mapping[str, Any]) -> dict[str, Any]:
    """Return a golden with the digest that fits its changed contents."""
    return {**golden, "digest": digest_json({key: item for key, item in golden.items() if key != "digest"})}
