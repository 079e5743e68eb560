"""Stored data sets for tests: generated ones, and small ones of any shape, as of a user."""

from __future__ import annotations

import hashlib
import math
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.data.generate import generate_set
from appliance.data.sources.stored_files import SUMS, locate_files
from support.idx_files import write_idx

if TYPE_CHECKING:
    from pathlib import Path

TRAIN, TEST, SEED = 600, 80, 7


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with a generated set called `mine`."""
    data_dir = tmp_path_factory.mktemp("made")
    generate_set("mine", data_dir, train_samples=TRAIN, test_samples=TEST, seed=SEED)
    return data_dir


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return the directory of a copy of that set, in the data directory tmp_path."""
    shutil.copytree(made / "mine", tmp_path / "mine")
    return tmp_path / "mine"


def renew_sums(folder: Path) -> None:
    """Write the SHA256SUMS again, as a user does for files of their own."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in locate_files(folder)]
    (folder / SUMS).write_text("".join(lines))


def edit(path: Path, position: int, value: int) -> None:
    """Overwrite one byte; a negative position counts from the end."""
    content = bytearray(path.read_bytes())
    content[position] = value
    path.write_bytes(content)


def place_own(folder: Path, shape: tuple[int, ...], classes: int) -> Path:
    """Write a stored set of 30 and 12 samples, as a user would; return its folder."""
    folder.mkdir()
    for prefix, count in (("train", 30), ("t10k", 12)):
        samples = (np.arange(count * math.prod(shape)) * 7 % 251).astype(np.uint8).reshape(count, *shape)
        labels = (np.arange(count) % classes).astype(np.uint8)
        (folder / f"{prefix}-images-idx{samples.ndim}-ubyte").write_bytes(write_idx(samples))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(write_idx(labels))
    renew_sums(folder)
    return folder
