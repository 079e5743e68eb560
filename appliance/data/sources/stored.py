"""The source of stored data sets: directories of uncompressed IDX files that are read row by row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from appliance.data.controls import MINIMUM_SAMPLES, control_digest, control_file, control_samples, require_controls
from appliance.data.idx import read_file
from appliance.data.locate import find_data_dir
from appliance.data.source import FileDescription, Part, SetDescription, select_samples
from appliance.data.stored_rows import StoredRows, open_stored
from appliance.errors import DataError
from verify.digests import digest_file
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.dataset import Dataset
    from appliance.data.source import Source
    from verify.results import Result

SUMS = "SHA256SUMS"
_NAME = "stored"
_PREFIXES = {"train": "train", "test": "t10k"}
_DIRECTORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)")
_RANK = re.compile(r".*-idx([0-9])-ubyte")
_REMEDY = f"repro-appliance data generate NAME, or place files of your own and: sha256sum *-ubyte > {SUMS}"


class StoredSource:
    """Data sets in folders of the data directory, each with its `SHA256SUMS`; see docs/data.md.

    Args:
        others: the sources of which the names may not be used for a folder.
    """

    def __init__(self, others: tuple[Source, ...]) -> None:
        self._others = others

    def names(self) -> tuple[str, ...]:
        """Return the one name of this source; `data.directory` names the data set."""
        return (_NAME,)

    def locate(self, name: str, data_dir: Path) -> Path:
        """Return the folder of a stored data set.

        Raises:
            UsageError: the name belongs to another source, or cannot be the name of a folder.
        """
        reserved = self._list_reserved()
        if name in reserved or not _DIRECTORY.fullmatch(name):
            raise UsageError(
                "not a name for a stored data set",
                expected=f"letters, digits, dots, dashes or underscores, and none of {', '.join(reserved)}",
                found=name,
            )
        return data_dir / name

    def describe(self, data_dir: Path) -> list[SetDescription]:
        """Return the stored data sets of a data directory, by name."""
        folders = sorted(path.parent for path in data_dir.glob(f"[!.]*/{SUMS}"))
        return [
            SetDescription(
                name=folder.name,
                title="stored samples, read row by row",
                licence="not known",
                files=tuple(FileDescription(path=path) for path in locate_files(folder)),
            )
            for folder in folders
            if folder.name not in self._list_reserved()
        ]

    def check(self, name: str, data_dir: Path) -> list[Result]:
        """Return the results of all controls; those that need a file that cannot be read are left out.

        Raises:
            DataError: the SHA256SUMS cannot be read.
        """
        return inspect_stored(self.locate(name, data_dir)).results

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:  # noqa: ARG002 (nothing is drawn)
        """Return the samples of a stored data set, their features in their files; see `Source.load`."""
        inspection = inspect_stored(self.locate(data.directory, find_data_dir(data_dir)))
        require_controls(inspection.results)
        train, test = (Part(samples.flatten(), labels) for samples, labels in inspection.parts)
        sample_shape = inspection.parts[0].samples.shape[1:]
        return select_samples(data, train, test, sample_shape=sample_shape, classes=_count_classes(train.labels))

    def _list_reserved(self) -> list[str]:
        return [name for source in (*self._others, self) for name in source.names()]


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
        if samples is not None and labels is not None and (parts or name == "train"):
            parts.append(StoredPart(samples, labels.read()))
            results += _inspect_part(parts[0], parts[-1], f"{folder.name}, {name}")
    return Inspection(results, parts)


def _inspect_part(train: StoredPart, part: StoredPart, where: str) -> list[Result]:
    """Return the results of D004 to D008 for a part; the test part may lack a class."""
    results = control_samples(
        part.samples,
        part.labels,
        sample_shape=train.samples.shape[1:],
        classes=_count_classes(train.labels),
        minimum=MINIMUM_SAMPLES,
        where=where,
    )
    return [result for result in results if part is train or result.id != "D008"]


def _count_classes(labels: NDArray[np.uint8]) -> int:
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
        yield control_file("D001", folder, error, "remove the files that do not belong to this data set")


def _inspect_file(path: Path, sums: dict[str, str], results: list[Result]) -> StoredRows | None:
    """Append the results of D001 to D003 for a file; return its elements if they could be opened."""
    match = _RANK.fullmatch(path.name)
    try:
        stored = open_stored(path, rank=int(match[1]) if match else 1)
    except DataError as error:
        results.append(control_file("D003" if path.is_file() else "D001", path, error, _REMEDY))
        return None
    digest = control_digest(digest_file(path), sums.get(path.name, f"a line in {SUMS}"), path, _REMEDY)
    results += [control_file("D001", path), digest, control_file("D003", path)]
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
