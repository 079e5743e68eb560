"""A program that trains a configuration in PyTorch: `python -m appliance.peers.run_torch NAME`.

It writes the results into run/. `vary` runs it like any other program.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import attrs

from appliance.config import load_config
from appliance.peers.comparison import prepare
from appliance.twins.torch_network import import_torch
from appliance.twins.torch_training import train_in_torch
from verify.errors import ApplianceError
from verify.files.weights import format_tensors


def main(config_name: str) -> None:
    """Train with as many threads as PyTorch chooses, and write run/ in the directory where this is started."""
    start = prepare(load_config(config_name))
    found = train_in_torch(*start, threads=import_torch().get_num_threads())
    folder = Path("run")
    folder.mkdir()
    history = json.dumps([attrs.asdict(epoch) for epoch in found.epochs], sort_keys=True, indent=2)
    (folder / "history.json").write_text(history + "\n", encoding="utf-8")
    (folder / "weights.safetensors").write_bytes(format_tensors(found.arrays, ""))


def run(config_name: str) -> int:
    """Train, tell an error in the form of all others, and return the exit code."""
    try:
        main(config_name)
    except ApplianceError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))
