"""Stored data sets: a directory of four uncompressed IDX files with their SHA256SUMS, read row by row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appliance.data.catalog import KNOWN_SETS, SYNTHETIC
from appliance.data.controls import (
    MINIMUM_SAMPLES,
    Control,
    control_found_digest,
    control_samples,
    describe_file,
)
from appliance.data.idx import read_file
from appliance.data.stored_rows import StoredRows, open_stored
from appliance.errors import DataError
from verify.digests import digest_file
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    StoredSamples = tuple[StoredRows, NDArray[np.uint8]]

STORED = "stored"
SUMS = "SHA256SUMS"
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)")
_REMEDY = f"repro-appliance data generate NAME, or place files of your own and: sha256sum *-ubyte > {SUMS}"


def locate_stored(name: str, data_dir: Path) -> Path:
    """Return the directory of a stored set.

    Raises:
        UsageError: the name is taken by another kind of set, or is no name for a directory.
    """
    taken = [SYNTHETIC, STORED, *(known.name for known in KNOWN_SETS)]
    if name in taken or not _NAME.fullmatch(name):
        raise UsageError(
            "not a name for a stored data set",
            expected=f"letters, digits, dots, dashes or underscores, and none of {', '.join(taken)}",
            found=name,
        )
    return data_dir / name


def locate_files(folder: Path) -> list[Path]:
    """Return the paths of a stored set: training images, labels, then test images, labels."""
    return [folder / name for names in FILES.values() for name in names]


def list_stored(data_dir: Path) -> list[str]:
    """Return the names of the stored sets in a data directory, sorted."""
    return sorted(path.parent.name for path in data_dir.glob(f"[!.]*/{SUMS}"))


def inspect_stored(folder: Path) -> tuple[list[Control], list[StoredSamples]]:
    """Return the outcome of all controls of a stored set, then its parts, training first, as far as they can be read.

    Images stay in their files, features (n, 784); labels uint8 (n,) are in memory.

    Raises:
        DataError: the SHA256SUMS cannot be read.
    """
    sums = _read_sums(folder / SUMS)
    controls: list[Control] = []
    parts = []
    for part, (images_name, labels_name) in FILES.items():
        images = _inspect_file(folder / images_name, 3, sums, controls)
        labels = _inspect_file(folder / labels_name, 1, sums, controls)
        if images is not None and labels is not None:
            values = labels.read()
            controls += control_samples(images, values, minimum=MINIMUM_SAMPLES, where=f"{folder.name}, {part}")
            parts.append((images.flatten(), values))
    return controls, parts


def _inspect_file(path: Path, rank: int, sums: dict[str, str], controls: list[Control]) -> StoredRows | None:
    """Append a file's controls, D001 to D003; return its elements if they could be opened."""
    here, whole = "the file is there", "the file is a whole IDX file"
    try:
        stored = open_stored(path, rank=rank)
    except DataError as error:
        controls.append(describe_file("D003" if path.is_file() else "D001", whole, path, error, _REMEDY))
        return None
    digest = control_found_digest(digest_file(path), sums.get(path.name, f"a line in {SUMS}"), path, _REMEDY)
    controls += [describe_file("D001", here, path), digest, describe_file("D003", whole, path)]
    return stored


def _read_sums(path: Path) -> dict[str, str]:
    """Return the digests that a SHA256SUMS states, as `sha256:<hex>` by file name."""
    try:
        lines = read_file(path).decode("utf-8", errors="replace").splitlines()
    except DataError as error:
        error.remedy = _REMEDY
        raise
    found = [_LINE.fullmatch(line) for line in lines]
    if not found or None in found:
        raise DataError("not a list of SHA-256 sums", expected="lines of sum, two blanks, file name", where=path)
    return {match[2]: f"sha256:{match[1]}" for match in found if match}
