"""From the settings of a run to the samples it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.data.catalog import SYNTHETIC, KnownPart, KnownSet, find_known
from appliance.data.controls import (
    CLASSES,
    IMAGE_SHAPE,
    MINIMUM_SAMPLES,
    control_digest,
    control_minimum,
    control_samples,
    require_controls,
)
from appliance.data.dataset import Dataset
from appliance.data.idx import decode_idx, read_file
from appliance.data.locate import find_data_dir
from appliance.data.rows import MemoryRows
from appliance.data.stored_set import STORED, inspect_stored, locate_stored
from appliance.data.synthetic import draw_synthetic
from appliance.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.rows import Rows

    Samples = tuple[Rows, NDArray[np.uint8]]


def load_dataset(data: DataConfig, seed: int, data_dir: Path | None = None, *, verify_digest: bool = True) -> Dataset:
    """Return the samples that a run's settings name, after every control has held.

    Args:
        data: the source and how many samples of each part; the first ones are taken, 0 means all.
        seed: the seed of the run; only synthetic data depend on it.
        data_dir: the data directory; if not given, see `appliance.data.locate`. Not used for synthetic data.
        verify_digest: whether files must have their stated SHA-256; published ones have it checked before they are
            parsed.

    Raises:
        DataError: a file is missing, damaged or not the published one, a control does not hold, more samples are
            asked for than there are, or the samples do not fit into memory.
    """
    try:
        train, test = _find_parts(data, seed, data_dir, verify_digest=verify_digest)
    except MemoryError:
        raise DataError(
            "the data do not fit into memory",
            found=f"{data.train_samples or 'all'} and {data.test_samples or 'all'} samples",
            where=data.source,
            remedy="fewer samples, or store them (repro-appliance data generate NAME) and use the source stored",
        ) from None
    require_controls(
        control_minimum(len(labels), MINIMUM_SAMPLES, f"{data.source}, {name}_samples")
        for name, (_, labels) in (("train", train), ("test", test))
    )
    for _, labels in (train, test):
        labels.flags.writeable = False
    return Dataset(
        name=data.source,
        train_features=train[0],
        train_labels=train[1],
        test_features=test[0],
        test_labels=test[1],
        sample_shape=IMAGE_SHAPE,
        classes=CLASSES,
    )


def _find_parts(data: DataConfig, seed: int, data_dir: Path | None, *, verify_digest: bool) -> tuple[Samples, Samples]:
    train: Samples
    test: Samples
    if data.source == SYNTHETIC:
        return _draw_parts(data, seed)
    if data.source == STORED:
        train, test = load_stored(locate_stored(data.directory, find_data_dir(data_dir)), verify_digest=verify_digest)
    else:
        train, test = load_known(find_known(data.source), find_data_dir(data_dir), verify_digest=verify_digest)
    return (
        _take(train, data.train_samples, f"{data.source}, train_samples"),
        _take(test, data.test_samples, f"{data.source}, test_samples"),
    )


def load_stored(folder: Path, *, verify_digest: bool = True) -> tuple[Samples, Samples]:
    """Return all samples of a stored set: features (n, 784) in their file, labels uint8 (n,), training then test.

    Raises:
        DataError: as for `load_dataset`.
    """
    controls, parts = inspect_stored(folder)
    require_controls(control for control in controls if verify_digest or control.id != "D002")
    train, test = parts
    return train, test


def load_known(known: KnownSet, data_dir: Path, *, verify_digest: bool = True) -> tuple[Samples, Samples]:
    """Return all samples of a published set: features uint8 (n, 784) with labels uint8 (n,), training then test.

    Raises:
        DataError: as for `load_dataset`.
    """
    train, test = (_load_part(known, part, data_dir, verify_digest=verify_digest) for part in known.parts)
    return train, test


def _load_part(known: KnownSet, part: KnownPart, data_dir: Path, *, verify_digest: bool) -> Samples:
    arrays = []
    for file in (part.images, part.labels):
        path = known.locate(file, data_dir)
        packed = read_file(path)
        if verify_digest:
            require_controls([control_digest(packed, file.digest, path)])
        arrays.append(decode_idx(packed, rank=file.rank, where=path))
    images, labels = arrays
    require_controls(control_samples(images, labels, minimum=part.samples, where=f"{known.name}, {part.name}"))
    return _freeze(images.reshape(len(images), -1)), labels


def _take(samples: Samples, count: int, where: str) -> Samples:
    """Return the first `count` samples, or all of them for 0."""
    features, labels = samples
    if count > len(labels):
        raise DataError(
            "more samples are asked for than there are",
            expected=f"at most {len(labels)}",
            found=count,
            where=where,
            remedy="ask for fewer, or for 0, which means all",
        )
    if not count:
        return samples
    return features.first(count), labels[:count]


def _draw_parts(data: DataConfig, seed: int) -> tuple[Samples, Samples]:
    for name, count in (("train_samples", data.train_samples), ("test_samples", data.test_samples)):
        if count == 0:
            raise DataError(
                "synthetic data have no end: a count is needed",
                expected="1 or more",
                found=count,
                where=f"{SYNTHETIC}, {name}",
                remedy=f"set data.{name} in the configuration",
            )
    train, test = draw_synthetic(data.train_samples, seed, "train"), draw_synthetic(data.test_samples, seed, "test")
    return (_freeze(train[0]), train[1]), (_freeze(test[0]), test[1])


def _freeze(features: NDArray[np.uint8]) -> Rows:
    """Return rows of an array that is read-only from now on."""
    features.flags.writeable = False
    return MemoryRows(features)
