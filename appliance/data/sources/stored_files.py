"""The files of a stored data set: where they are, and what must hold for them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from appliance.data.controls import MINIMUM_SAMPLES, control_digest, control_equal_counts, control_file, control_samples
from appliance.data.idx import read_file
from appliance.data.stored_rows import StoredRows, open_stored
from appliance.errors import DataError
from verify.digests import digest_file
from verify.files.reading import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from verify.results import Result

SUMS = "SHA256SUMS"
_PREFIXES = {"train": "train", "test": "t10k"}
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)")
_RANK = re.compile(r".*-idx([0-9])-ubyte")
_SUM = f"sha256sum *-ubyte > {SUMS}"


class StoredPart(NamedTuple):
    """The samples (n, ...) of training or test in their file, with labels uint8 (n,) in memory."""

    samples: StoredRows
    labels: NDArray[np.uint8]


class Inspection(NamedTuple):
    """The results of all controls of a stored set, and its parts, training first, as far as they can be read."""

    results: list[Result]
    parts: list[StoredPart]


def locate_files(folder: Path) -> list[Path]:
    """Return the paths of a stored set: training samples, labels, then test samples, labels."""
    return [path for part in _PREFIXES for path in locate_part(folder, part)]


def inspect_stored(folder: Path) -> Inspection:
    """Return the results of all controls of a stored set, with what was read.

    The training part decides: its samples have the expected shape, its largest label is that of the last class.

    Raises:
        DataError: the SHA256SUMS cannot be read.
    """
    sums = _read_sums(folder / SUMS)
    results: list[Result] = []
    parts: list[StoredPart] = []
    for name in _PREFIXES:
        results += _require_one(folder, name)
        samples, labels = (_inspect_file(path, sums, results) for path in locate_part(folder, name))
        if samples is not None and labels is not None and len(samples) != len(labels):
            results.append(control_equal_counts(len(samples), len(labels), f"{folder.name}, {name}"))
        elif samples is not None and labels is not None and (parts or name == "train"):
            parts.append(StoredPart(samples, labels.read()))
            results += _inspect_part(parts[0], parts[-1], f"{folder.name}, {name}")
    return Inspection(results, parts)


def _advise(folder: Path) -> str:
    """Return what to do where a file of a stored set is missing or damaged."""
    if folder.exists():
        return f"place the right files in {folder}, and then there: {_SUM}"
    words = ["data", "generate", folder.name, "--train-samples", "10000", "--data-dir", str(folder.parent)]
    return f"{shlex.join(['repro-appliance', *words])}; or place files of your own there, and then: {_SUM}"


def _inspect_part(train: StoredPart, part: StoredPart, where: str) -> list[Result]:
    """Return the results of D004 to D008 for a part; the test part may lack a class."""
    results = control_samples(
        part.samples,
        part.labels,
        sample_shape=train.samples.shape[1:],
        classes=count_classes(train.labels),
        minimum=MINIMUM_SAMPLES,
        where=where,
    )
    return [result for result in results if part is train or result.id != "D008"]


def count_classes(labels: NDArray[np.uint8]) -> int:
    """Return the number of classes that training labels stand for: one more than the largest label."""
    return int(labels.max(initial=0)) + 1


def locate_part(folder: Path, part: str) -> tuple[Path, Path]:
    """Return the paths of the samples and the labels of a part; the name of the samples states their dimensions."""
    prefix = _PREFIXES[part]
    found = _find_samples(folder, part)
    return found[0] if found else folder / f"{prefix}-images-idx3-ubyte", folder / f"{prefix}-labels-idx1-ubyte"


def _find_samples(folder: Path, part: str) -> list[Path]:
    return sorted(folder.glob(f"{_PREFIXES[part]}-images-idx[2-9]-ubyte"))


def _require_one(folder: Path, part: str) -> Iterator[Result]:
    """Yield a failed D001 if a part has more than one file of samples."""
    found = _find_samples(folder, part)
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        error = DataError("there is more than one file of samples", expected="one file", found=names)
        yield control_file("D001", folder, error, remedy="remove the files that do not belong to this data set")


def _inspect_file(path: Path, sums: dict[str, str], results: list[Result]) -> StoredRows | None:
    """Append the results of D001 to D003 for a file; return its elements if they could be opened."""
    match = _RANK.fullmatch(path.name)
    try:
        stored = open_stored(path, rank=int(match[1]) if match else 1)
    except DataError as error:
        results.append(control_file("D003" if path.is_file() else "D001", path, error, remedy=_advise(path.parent)))
        return None
    remedy = _advise(path.parent)
    digest = control_digest(digest_file(path), sums.get(path.name, f"a line in {SUMS}"), path, remedy=remedy)
    results += [control_file("D001", path, remedy=remedy), digest, control_file("D003", path, remedy=remedy)]
    return stored


def _read_sums(path: Path) -> dict[str, str]:
    """Return the digests that a SHA256SUMS states, as `sha256:<hex>` by file name."""
    try:
        lines = read_file(path, limit=MEBIBYTE).decode("utf-8", errors="replace").splitlines()
    except DataError as error:
        error.remedy = _advise(path.parent)
        raise
    found = [_LINE.fullmatch(line) for line in lines]
    if not found or None in found:
        raise DataError("not a list of SHA-256 sums", expected="lines of sum, two blanks, file name", where=path)
    return {match[2]: f"sha256:{match[1]}" for match in found if match}
