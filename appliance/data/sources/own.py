"""The sources of one's own files: arrays, tables, images in folders."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from appliance.config.own_files import OWN_FILES
from appliance.data.controls import control_equal_counts, control_file, control_shape, require_controls
from appliance.data.features import read_features
from appliance.data.labels import read_labels
from appliance.data.locate import find_own
from appliance.data.readers import own_files
from appliance.data.source import Description, Inspection, Part, SetDescription, inspect_samples
from appliance.data.splits import split_part
from appliance.errors import DataError
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import DataConfig
    from appliance.data.dataset import Dataset
    from appliance.data.readers.own_files import RawPart
    from verify.results import Result

_TITLES = {
    "arrays": "arrays of your own: npy, npz, IDX",
    "csv": "tables of your own: CSV",
    "images": "images of your own, in one folder for each class",
}
_CORRECT = "correct the files, or the settings of the data"
_REMEDY = "name the configuration: repro-appliance data check mine.toml"


class OwnSource:
    """Data sets in files of any names, which a configuration describes; see docs/data.md."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the kinds of files."""
        return tuple(OWN_FILES)

    def describe(self, data_dir: Path) -> list[SetDescription]:  # noqa: ARG002 (only a configuration knows the files)
        """Return one row for each kind of files."""
        return [SetDescription(name=name, title=_TITLES[name], licence="yours", own=True) for name in OWN_FILES]

    def check(self, name: str, data_dir: Path) -> list[Result]:  # noqa: ARG002 (as above)
        """Refuse: without a configuration nothing is known of the files."""
        raise UsageError(
            "data of your own are checked by their configuration",
            expected="a configuration, such as mine.toml",
            found=name,
            remedy=_REMEDY,
        )

    def inspect(self, data: DataConfig, data_dir: Path | None) -> Inspection:
        """Return the results of all controls, and the data set; None where a control failed before it was made.

        Raises:
            DataError: a file is missing or damaged, or its contents are not what the settings say.
        """
        results, dataset = self._inspect(data, data_dir)
        return Inspection([_advise(result) for result in results], dataset)

    def _inspect(self, data: DataConfig, data_dir: Path | None) -> Inspection:
        found = own_files.read_parts(data, lambda name: find_own(name, data.folder, data_dir))
        results = [control_file(number, path, remedy="") for path in found.paths for number in ("D001", "D003")]
        for name, part in found.parts.items():
            where = f"{data.source}, {name}"
            results.append(control_equal_counts(len(part.features), len(part.labels), where))
        if _has_failed(results):
            return Inspection(results, None)
        train, test = _divide(data, found.parts)
        shape = train.features.shape[1:]
        results += [
            control_shape(part.features, shape, f"{data.source}, {name}", str(train.features.dtype))
            for name, part in (("train", train), ("test", test))
        ]
        if _has_failed(results):
            return Inspection(results, None)
        features = read_features(data, train.features.flatten(), test.features.flatten())
        labels = read_labels(data, train.labels, test.labels, found.class_names)
        results += [*features.results, *labels.results]
        if _has_failed(results):
            return Inspection(results, None)
        described = Description(
            sample_shape=_choose_shape(data, shape),
            classes=labels.classes,
            targets=labels.targets,
            class_names=found.class_names,
            categories=found.categories,
        )
        parts = Part(features.train, labels.train), Part(features.test, labels.test)
        more, dataset = inspect_samples(data, *parts, described)
        return Inspection([*results, *more], dataset)

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:  # noqa: ARG002 (nothing is drawn)
        """Return the samples that a configuration describes; see `Source.load`."""
        results, dataset = self.inspect(data, data_dir)
        require_controls(results)
        if dataset is None:
            raise AssertionError("no control failed, but there is no data set")
        return dataset


def _advise(result: Result) -> Result:
    """Return a result of which the remedy does not speak of published files."""
    return result if result.status == "pass" else attrs.evolve(result, remedy=_CORRECT)


def _has_failed(results: list[Result]) -> bool:
    return any(result.status != "pass" for result in results)


def _divide(data: DataConfig, parts: dict[str, RawPart]) -> tuple[Part, Part]:
    """Return training and test, split where they are together."""
    if data.split is None:
        return tuple(Part(parts[name].features, parts[name].labels) for name in ("train", "test"))  # type: ignore[return-value]
    whole = parts["all"]
    return split_part(Part(whole.features, whole.labels), data.split, data.source)


def _choose_shape(data: DataConfig, stored: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of one sample: the one that is set, or the one that is stored."""
    if data.shape and math.prod(data.shape) != math.prod(stored):
        raise DataError(
            "samples cannot have this shape",
            expected=f"a shape of {math.prod(stored)} values",
            found=f"{data.shape}, which has {math.prod(data.shape)}",
            where=f"{data.source}, data.shape",
            remedy="correct data.shape in the configuration, or leave it out",
        )
    return data.shape or stored or (1,)
