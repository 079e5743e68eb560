"""Writing synthetic samples to a stored data set, block by block."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.data.controls import MINIMUM_SAMPLES, require_controls
from appliance.data.idx import encode_header
from appliance.data.sources.stored_files import SUMS, inspect_stored, locate_files, locate_part
from appliance.data.synthetic import FEATURES, SIDE, Part, draw_blocks
from appliance.data.table import STORED
from appliance.errors import DataError
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedWriter

_COUNT_LIMIT = 2**32
_SPARE_BYTES = 1 << 16


def generate_set(name: str, data_dir: Path, *, train_samples: int, test_samples: int, seed: int) -> list[Path]:
    """Write the synthetic samples of a seed to a new stored set; return the paths of its files.

    The files are written to a temporary folder in the data directory, read back and checked by every control; then the
    folder is renamed. Memory grows by one byte for each sample, its label.

    Args:
        name: the name of the set and of its folder.
        data_dir: the data directory, created if it does not exist.
        train_samples: how many to write for training, at least 10.
        test_samples: how many to write for the test.
        seed: the seed from which the source `synthetic` makes the same samples.

    Raises:
        UsageError: the name cannot be used or exists already, or a count is out of range.
        DataError: there is not enough space, the directory cannot be written, or a control failed.
    """
    folder = STORED.locate(name, data_dir)
    if folder.exists():
        raise UsageError("this name exists already", where=folder, remedy="use another name, or remove the folder")
    counts: dict[Part, int] = {"train": train_samples, "test": test_samples}
    for part, count in counts.items():
        if not MINIMUM_SAMPLES <= count < _COUNT_LIMIT:
            expected = f"{MINIMUM_SAMPLES} to {_COUNT_LIMIT - 1}"
            raise UsageError("a number of samples is out of range", expected=expected, found=count, where=part)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        _require_space(data_dir, (train_samples + test_samples) * (FEATURES + 1) + _SPARE_BYTES)
        _write_checked(folder, counts, seed)
    except OSError as error:
        found = error.strerror or type(error).__name__
        expected = "a writable directory"
        raise DataError("a data file cannot be written", expected=expected, found=found, where=folder) from None
    return [*locate_files(folder), folder / SUMS]


def _write_checked(folder: Path, counts: Mapping[Part, int], seed: int) -> None:
    """Write a set to a temporary folder, check it there, and rename it."""
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        staging.chmod(0o755)
        _write_set(staging, counts, seed)
        require_controls(inspect_stored(staging).results)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _require_space(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise DataError(
            "there is not enough space for the data",
            expected=f"{needed:,} bytes",
            found=f"{free:,} bytes",
            where=directory,
            remedy="generate fewer samples, or use another --data-dir",
        )


def _write_set(folder: Path, counts: Mapping[Part, int], seed: int) -> None:
    lines = []
    for part, count in counts.items():
        images_path, labels_path = locate_part(folder, part)
        with images_path.open("wb") as images_file, labels_path.open("wb") as labels_file:
            images = _HashedFile(images_file, (count, SIDE, SIDE))
            labels = _HashedFile(labels_file, (count,))
            for features, classes in draw_blocks(count, seed, part):
                images.write(features.data)
                labels.write(classes.data)
        lines += [f"{images.hexdigest()}  {images_path.name}\n", f"{labels.hexdigest()}  {labels_path.name}\n"]
    (folder / SUMS).write_text("".join(lines), encoding="ascii", newline="\n")


class _HashedFile:
    """An IDX file that is being written, with the SHA-256 of everything that was passed to it."""

    def __init__(self, file: BufferedWriter, shape: tuple[int, ...]) -> None:
        self._file = file
        self._state = hashlib.sha256()
        self.write(encode_header(shape))

    def write(self, content: bytes | memoryview) -> None:
        self._file.write(content)
        self._state.update(content)

    def hexdigest(self) -> str:
        return self._state.hexdigest()
