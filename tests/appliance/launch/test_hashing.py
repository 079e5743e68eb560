"""The hash seed: judged by what the interpreter does, not by what the environment says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import appliance

HOME = str(Path(appliance.__file__).parents[1])
SOURCE = """
import os, sys
from appliance.launch.hashing import read_hash_seed
if len(sys.argv) > 1:
    os.environ["PYTHONHASHSEED"] = sys.argv[1]
seed = read_hash_seed()
print(seed.declared, seed.fixed)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("started", "later", "answer"),
    [
        ("0", [], "0 True"),
        ("5", [], "5 True"),
        ("random", [], "random False"),
        ("random", ["0"], "0 False"),
        ("random", ["5"], "5 False"),
        ("5", ["6"], "6 False"),
        ("0", ["5"], "5 False"),
    ],
)
def test_only_a_seed_from_the_start_counts(started: str, later: list[str], answer: str) -> None:
    """A seed in the environment at the start is fixed; one set while running is declared but not fixed."""
    environ = {**os.environ, "PYTHONHASHSEED": started, "PYTHONPATH": HOME}
    done = subprocess.run(
        [sys.executable, "-c", SOURCE, *later], env=environ, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == answer, done.stderr
