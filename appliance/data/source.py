"""What a data source is: something that lists, checks and loads data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import attrs

from appliance.data.changed_rows import change_rows
from appliance.data.controls import MINIMUM_SAMPLES, control_minimum, require_controls
from appliance.data.dataset import Dataset
from appliance.data.declared import control_declared, control_ranges
from appliance.data.preparation import Preparation
from appliance.data.rows import MemoryRows
from appliance.data.standardize import find_feature_scale, find_target_scale
from appliance.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.changes import ResultType
    from appliance.data.rows import Rows
    from verify.results import Result


@attrs.frozen(kw_only=True)
class FileDescription:
    """A file that a data set needs, and the `sha256:<hex>` it must have, None if that is not published."""

    path: Path
    digest: str | None = None


@attrs.frozen(kw_only=True)
class SetDescription:
    """What `data list` says about a data set; `samples` is the number for training and for test, None if not known.

    Data sets of one's `own` are named in a configuration, so that their files are not known here.
    """

    name: str
    title: str
    licence: str
    files: tuple[FileDescription, ...] = ()
    samples: tuple[int, int] | None = None
    own: bool = False


class Source(Protocol):
    """Where samples come from. A new source is one module with one such class, and one row in `SOURCES`."""

    def names(self) -> tuple[str, ...]:
        """Return the values of `data.source` in a configuration that mean this source."""

    def describe(self, data_dir: Path) -> Sequence[SetDescription]:
        """Return the data sets of this source, whether or not their files are there."""

    def check(self, name: str, data_dir: Path) -> Sequence[Result]:
        """Return the results of all controls of a data set that `describe` lists.

        Raises:
            DataError: nothing can be checked at all.
        """

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:
        """Return the samples for a run, after every control has passed.

        Args:
            data: which samples; `data.source` is one of `names`.
            seed: the seed of the run, for samples that are generated.
            data_dir: the data directory; if None, `appliance.data.locate` finds it.

        Raises:
            DataError: the samples cannot be read, or a control failed.
        """


class Part(NamedTuple):
    """The samples of training or test: rows (n, k) with class numbers (n,) or targets (n, t), as in `Dataset`."""

    features: Rows
    labels: NDArray[Any]


def require_counts(data: DataConfig) -> None:
    """Make sure that the settings say how many samples to generate.

    Raises:
        DataError: they do not.
    """
    for name, count in (("train_samples", data.train_samples), ("test_samples", data.test_samples)):
        if count == 0:
            raise DataError(
                "the configuration must say how many samples to generate",
                expected="1 or more",
                found=count,
                where=f"{data.source}, {name}",
                remedy=f"set data.{name} in the configuration",
            )


class Inspection(NamedTuple):
    """The results of the controls of samples, and the data set they make; None where a control failed before."""

    results: list[Result]
    dataset: Dataset | None


def select_samples(
    data: DataConfig,
    train: Part,
    test: Part,
    *,
    sample_shape: tuple[int, ...],
    classes: int,
    targets: int = 0,
) -> Dataset:
    """Return a data set of the samples that a configuration asks for, scaled as it asks.

    They are the first ones of each part, 0 for all.

    Raises:
        DataError: a configuration asks for more samples than there are, or a control failed.
    """
    described = Description(sample_shape=sample_shape, classes=classes, targets=targets)
    results, dataset = inspect_samples(data, train, test, described)
    require_controls(results)
    if dataset is None:
        raise AssertionError("no control failed, but there is no data set")
    return dataset


@attrs.frozen(kw_only=True)
class Description:
    """What is known of samples: their shape, the number of classes or of targets, 0 for none, and names, if any."""

    sample_shape: tuple[int, ...]
    classes: int
    targets: int = 0
    class_names: tuple[str, ...] = ()
    categories: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)


def inspect_samples(data: DataConfig, train: Part, test: Part, described: Description) -> Inspection:
    """Return the results of the controls of the samples that a run uses, and the data set that they make.

    Raises:
        DataError: a configuration asks for more samples than there are.
    """
    parts = {
        "train": _take_first(train, data.train_samples, f"{data.source}, train_samples"),
        "test": _take_first(test, data.test_samples, f"{data.source}, test_samples"),
    }
    results = [
        control_minimum(len(part.labels), MINIMUM_SAMPLES, f"{data.source}, {name}_samples")
        for name, part in parts.items()
    ]
    if data.controls is not None:
        features = {f"{data.source}, {name}": part.features for name, part in parts.items()}
        targets = {f"{data.source}, {name}": MemoryRows(part.labels) for name, part in parts.items()}
        results += control_ranges(data.controls, features, targets if described.targets > 0 else {})
    if any(result.status != "pass" for result in results):
        return Inspection(results, None)
    dataset = _make_dataset(data, parts["train"], parts["test"], described)
    if data.controls is not None:
        results += control_declared(data.controls, dataset)
    return Inspection(results, dataset)


def _make_dataset(data: DataConfig, train: Part, test: Part, described: Description) -> Dataset:
    """Return the data set of two parts, standardised as the settings say."""
    if data.standardize_targets and not described.targets:
        raise DataError(
            "there are no targets to standardise",
            expected="data with targets",
            found=f"{described.classes} classes",
            where=f"{data.source}, data.standardize_targets",
            remedy="leave out data.standardize_targets",
        )
    preparation = Preparation(
        feature_type=cast("ResultType", train.features.dtype.name),  # `Dataset` refuses others
        sample_shape=described.sample_shape,
        scale=find_feature_scale(train.features, described.sample_shape, data.standardize),
        target_scale=find_target_scale(train.labels) if data.standardize_targets else None,
        class_names=described.class_names,
        categories=described.categories,
    )
    (train_features, train_labels), (test_features, test_labels) = (_scale(part, preparation) for part in (train, test))
    return Dataset(
        name=data.source,
        train_features=train_features,
        train_labels=train_labels,
        test_features=test_features,
        test_labels=test_labels,
        sample_shape=described.sample_shape,
        classes=described.classes,
        targets=described.targets,
        preparation=preparation,
    )


def _scale(part: Part, preparation: Preparation) -> Part:
    """Return a part with scaled features and targets; the labels cannot be written to."""
    features, labels = part
    if preparation.scale is not None:
        features = change_rows(features, preparation.scale)
    if preparation.target_scale is not None:
        labels = preparation.target_scale.apply(labels)
    labels.flags.writeable = False
    return Part(features, labels)


def _take_first(part: Part, count: int, where: str) -> Part:
    """Return the first `count` samples, or all of them for 0."""
    features, labels = part
    if count > len(labels):
        raise DataError(
            "the configuration asks for more samples than there are",
            expected=f"at most {len(labels)}",
            found=count,
            where=where,
            remedy="ask for fewer samples, or for 0, which means all",
        )
    chosen = labels[: count or len(labels)]
    return Part(features.first(len(chosen)), chosen)
