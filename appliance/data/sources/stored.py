"""The source of stored data sets: directories of uncompressed IDX files that are read row by row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from appliance.data.controls import require_controls
from appliance.data.locate import find_data_dir
from appliance.data.source import FileDescription, Part, SetDescription, select_samples
from appliance.data.sources.stored_files import SUMS, count_classes, inspect_stored, locate_files
from verify.errors import UsageError
from verify.files.limits import FOLDER_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import DataConfig
    from appliance.data.dataset import Dataset
    from appliance.data.source import Source
    from verify.results import Result

_NAME = "stored"


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
        if name in reserved or not re.fullmatch(FOLDER_NAME, name):
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
        return select_samples(data, train, test, sample_shape=sample_shape, classes=count_classes(train.labels))

    def _list_reserved(self) -> list[str]:
        return [name for source in (*self._others, self) for name in source.names()]
