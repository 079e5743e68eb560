"""Measures scaling over workers and writes docs/scaling.json and the tables of docs/scaling.md (`make scaling`).

python -m delivery.scaling [--precedence] NAME=DIRECTORY... measures with the python and mpiexec in each directory, such
as MPICH=/opt/mpich-env/bin; the data of mnist must be there. Without a directory the model and the page are made
again from what was measured.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from appliance.config import list_configs, load_config
from appliance.data import load_dataset
from appliance.workers.mpiexec import PERMISSIONS
from delivery.scaling.counting import Message
from delivery.scaling.model import fit_network, fit_step, list_networks, predict, scale
from delivery.scaling.page import format_tables, replace_tables
from delivery.scaling.volume import find_volume
from delivery.scaling.worker import find_config

ROOT = Path(__file__).resolve().parent.parent.parent
RECORD, PAGE = ROOT / "docs" / "scaling.json", ROOT / "docs" / "scaling.md"
NAMES = ("mnist-mlp", "wide", "mnist-lenet", "convnet-batch-norm")
MEASURED, MODELLED = (1, 2, 3, 4), (2, 8, 64, 256, 1024)
FLOATS = "baseline"
SHARE, STRONG, LARGEST = 64, 1024, 65536  # samples of a worker; of a fixed batch; of the largest batch in f32


def run(directory: Path, workers: int, words: list[str]) -> Any:  # noqa: ANN401 - JSON
    """Return what a measurement on so many workers printed; 0 starts one process without mpiexec."""
    start = [str(directory / "mpiexec"), "-n", str(workers)] if workers else []
    command = [*start, str(directory / "python"), "-m", "delivery.scaling.worker", *words]
    environment = {**os.environ, **PERMISSIONS, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    if workers > (os.cpu_count() or 1):
        environment["OMPI_MCA_mpi_yield_when_idle"] = "1"  # as it does by itself where it knows of it
    print(" ".join(["measured next:", directory.parent.name, str(workers), *words]), file=sys.stderr)
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def measure(directories: dict[str, Path], first: list[str]) -> dict[str, Any]:
    """Return everything that is measured."""
    libraries = {
        name: {
            "reductions": run(place, 2, [*first, "reductions"]),
            "steps": {str(count): _run_twice(place, count, [*first, "steps", *NAMES]) for count in MEASURED},
            "beside": {str(count): _run_twice(place, count, [*first, "beside", *NAMES]) for count in MEASURED},
            "floats": {str(count): run(place, count, [*first, "floats", FLOATS]) for count in MEASURED},
        }
        for name, place in directories.items()
    }
    shares = run(next(iter(directories.values())), 0, [*first, "shares", *NAMES])
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "load": os.getloadavg()[0]}
    return {"machine": machine | {"precedence": bool(first)}, "libraries": libraries, "shares": shares}


def _run_twice(directory: Path, workers: int, words: list[str]) -> dict[str, Any]:
    """Return the faster of two measurements of each configuration, because other work of a machine only slows down."""
    first, second = run(directory, workers, words), run(directory, workers, words)
    return {name: min(first[name], second[name], key=_find_fastest) for name in first}


def _find_fastest(found: Any) -> float:  # noqa: ANN401 - JSON
    return min(found["seconds"]) if isinstance(found, dict) else float(found)


def list_volumes() -> dict[str, Any]:
    """Return what every configuration exchanges, and the bound at 1,024 workers with the largest batch."""
    found = {}
    for name in (*list_configs(), NAMES[-1]):
        config = find_config(name) if name == NAMES[-1] else load_config(name)
        data = load_dataset(config.data, config.seed, None)
        batch = min(config.training.batch_size, len(data.train_labels))
        two, many = find_volume(config, data, 2), find_volume(config, data, 1024, LARGEST)
        found[name] = {
            "precision": config.precision,
            "batch": batch,
            "step": [[message.operation, message.size] for message in two.step],
            "epoch": two.epoch,
            "bound_bits": {"2": two.bound.bit_length(), "1024": many.bound.bit_length()},
        }
    return found


def list_predictions(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the model beside every measured step."""
    rows, cores = [], measured["machine"]["cores"]
    for library, found in measured["libraries"].items():
        network = fit_network(library, found["reductions"])
        for name in NAMES:
            shares = measured["shares"][name]
            for workers in MEASURED:
                step = found["steps"][str(workers)][name]
                messages = [Message(*message) for message in step["messages"]]
                alone = shares["parts"][str(workers)] if workers > 1 else shares["whole"][str(shares["batch"])]
                beside = found["beside"][str(workers)][name]
                rows.append(
                    {
                        "library": library,
                        "config": name,
                        "workers": workers,
                        "measured": min(step["seconds"]),
                        "predicted": predict(max(beside, -(-workers // cores) * alone), messages, network, workers),
                        "alone": alone,
                        "beside": beside,
                    }
                )
    return rows


def list_scalings(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the model up to 1,024 workers: a batch of 1,024 samples, and 64 samples for each worker."""
    library, found = next(iter(measured["libraries"].items()))
    networks = list_networks(fit_network(f"memory of one machine, {library}", found["reductions"]))
    rows = []
    for name in NAMES:
        step, config = fit_step(measured["shares"][name]), find_config(name)
        data = load_dataset(config.data, config.seed, None)
        for workers in MODELLED:
            for kind, batch in (("strong", STRONG), ("weak", SHARE * workers)):
                messages = find_volume(config, data, workers, batch).step
                for network in networks:
                    row = {"config": name, "network": network.name, "workers": workers, "kind": kind}
                    rows.append(row | scale(step, messages, network, workers, batch))
    return rows


def main(arguments: list[str]) -> int:
    """Measure and write both files, or write the page again."""
    first = [word for word in arguments if word == "--precedence"]
    directories = {name: Path(place) for name, _, place in (word.partition("=") for word in arguments[len(first) :])}
    if directories:
        measured = measure(directories, first)
    else:
        measured = json.loads(RECORD.read_text(encoding="utf-8"))["measured"]
    record = {
        "schema": "repro-appliance/scaling/1",
        "measured": measured,
        "volumes": list_volumes(),
        "predictions": list_predictions(measured),
        "scalings": list_scalings(measured),
    }
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    PAGE.write_text(replace_tables(PAGE.read_text(encoding="utf-8"), format_tables(record)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
