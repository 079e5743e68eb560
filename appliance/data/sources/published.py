"""The source of published data sets: gzip-compressed IDX files with known digests."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from appliance.data.controls import control_digest, control_file, control_samples, require_controls
from appliance.data.download import LARGEST
from appliance.data.idx import decode_idx, read_file
from appliance.data.locate import find_data_dir
from appliance.data.rows import MemoryRows
from appliance.data.source import FileDescription, Part, SetDescription, select_samples
from appliance.data.sources import catalog
from appliance.errors import DataError
from verify.digests import digest_bytes
from verify.errors import advise_access

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.dataset import Dataset
    from appliance.data.sources.catalog import KnownFile, KnownPart, KnownSet
    from verify.results import Result

    Bytes = NDArray[np.uint8]


class PublishedSource:
    """The data sets of the catalog, each under its own name, in a folder of that name."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the data sets in the catalog."""
        return tuple(known.name for known in catalog.KNOWN_SETS)

    def describe(self, data_dir: Path) -> list[SetDescription]:
        """Return the data sets of the catalog."""
        return [
            SetDescription(
                name=known.name,
                title=known.title,
                licence=known.licence,
                files=tuple(
                    FileDescription(path=known.locate(file, data_dir), digest=file.digest) for file in known.files
                ),
                samples=(known.train.samples, known.test.samples),
            )
            for known in catalog.KNOWN_SETS
        ]

    def check(self, name: str, data_dir: Path) -> list[Result]:
        """Return the results of all controls; those that need a file that cannot be read are left out.

        A file that cannot be read is a failed control itself, so the set cannot pass.
        """
        known = catalog.find_known(name)
        results: list[Result] = []
        for part in known.parts:
            images = _check_file(known, part.images, data_dir, results)
            labels = _check_file(known, part.labels, data_dir, results)
            if images is not None and labels is not None:
                results += _check_samples(known, part, images, labels)
        return results

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:  # noqa: ARG002 (nothing is drawn)
        """Return the samples of a published data set; see `Source.load`."""
        known, place = catalog.find_known(data.source), find_data_dir(data_dir)
        parts = [_load_part(known, part, place) for part in known.parts]
        return select_samples(data, *parts, sample_shape=known.sample_shape, classes=known.classes)


def _advise(known: KnownSet, data_dir: Path) -> str:
    """Return what to do where a file of a set is missing or damaged."""
    place = [] if data_dir == find_data_dir(None) else ["--data-dir", str(data_dir)]
    command = shlex.join(["repro-appliance", "data", "fetch", known.name, *place])
    return f"to download it: {command}; if you have it elsewhere, set REPRO_APPLIANCE_DATA or --data-dir"


def _check_file(known: KnownSet, file: KnownFile, data_dir: Path, results: list[Result]) -> Bytes | None:
    """Append the results of D001 to D003 for a file; return its elements if they could be read."""
    path, remedy = known.locate(file, data_dir), _advise(known, data_dir)
    try:
        packed = read_file(path, limit=LARGEST)
    except DataError as error:
        results.append(control_file("D001", path, error, remedy=remedy))
        return None
    digest = control_digest(digest_bytes(packed), file.digest, path, remedy=remedy)
    results += [control_file("D001", path, remedy=remedy), digest]
    if digest.status != "pass":
        return None  # what is not the published file is not unpacked
    try:
        elements = decode_idx(packed, rank=file.rank, where=path)
    except DataError as error:
        results.append(control_file("D003", path, error, remedy=remedy))
        return None
    results.append(control_file("D003", path, remedy=remedy))
    return elements


def _check_samples(known: KnownSet, part: KnownPart, images: Bytes, labels: Bytes) -> tuple[Result, ...]:
    return control_samples(
        images,
        labels,
        sample_shape=known.sample_shape,
        classes=known.classes,
        minimum=part.samples,
        where=f"{known.name}, {part.name}",
    )


def _load_part(known: KnownSet, part: KnownPart, data_dir: Path) -> Part:
    """Return all samples of a part; the digest of a file is checked before the file is parsed."""
    arrays = []
    for file in (part.images, part.labels):
        path, remedy = known.locate(file, data_dir), _advise(known, data_dir)
        try:
            packed = read_file(path, limit=LARGEST)
            require_controls([control_digest(digest_bytes(packed), file.digest, path, remedy=remedy)])
            arrays.append(decode_idx(packed, rank=file.rank, where=path))
        except DataError as error:
            error.remedy = advise_access(error) or remedy
            raise
    images, labels = arrays
    require_controls(_check_samples(known, part, images, labels))
    return Part(MemoryRows(images).flatten(), labels)
