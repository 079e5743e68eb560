"""The settings of a run, as frozen values with their units and limits.

Part of bits 2.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - attrs resolves the annotations
from typing import Any, Literal

import attrs

from appliance.config.experiment import ExperimentConfig  # noqa: TC001 - attrs resolves the annotations
from appliance.config.growth import newer, place, write_section
from appliance.config.layers import ModelConfig  # noqa: TC001 - cattrs reads the annotations
from appliance.config.limits import (
    FLAG,
    LARGEST_COUNT,
    LARGEST_EPOCHS,
    MOST_CLASSES,
    SHAPE,
    Limit,
    about,
    choice,
    count,
    text,
)
from appliance.config.optimizers import OptimizerConfig  # noqa: TC001 - cattrs reads the annotations
from appliance.config.own_data import ControlsConfig, SplitConfig  # noqa: TC001 - attrs resolves the annotations
from appliance.config.own_files import ArraysConfig, CsvConfig, ImagesConfig  # noqa: TC001 - as above
from appliance.config.own_rules import OwnLoss
from verify.digests import digest_json
from verify.files.limits import CONFIG_NAME, FOLDER_NAME

SCHEMA = "repro-appliance/config/1"

Precision = Literal["f32", "f64"]
ReadAs = Literal["stored", "bytes", "numbers", "tokens"]
LabelsAs = Literal["stored", "classes", "targets"]
Standardize = Literal["none", "feature", "channel", "all"]
LossName = Literal["cross-entropy", "mean-squared-error", "binary-cross-entropy"]
LOSSES: tuple[LossName, ...] = ("cross-entropy", "mean-squared-error", "binary-cross-entropy")

_SEED_LIMIT = 2**63


@attrs.frozen(kw_only=True)
class DataConfig:
    """Where samples come from; counts in samples, 0 for all there are (never for synthetic data).

    `source` is a name from the table of sources in `appliance.data`. `directory` names the set in the data directory
    that the source "stored" reads, and is empty for all others. The sources "arrays", "csv" and "images" have a section
    of their own and read files that lie beside the configuration or in the data directory; `folder` is where the
    configuration lies, None if not known. It is no setting.
    """

    source: str = attrs.field(
        validator=text(CONFIG_NAME, 'the name of a data source, such as "synthetic", "mnist" or "stored"'),
        metadata=about("where the samples come from (docs/data.md)"),
    )
    train_samples: int = attrs.field(
        default=0,
        validator=count(0, LARGEST_COUNT),
        metadata=about("samples to train with, the first ones; 0 for all (not with synthetic data)"),
    )
    test_samples: int = attrs.field(
        default=0,
        validator=count(0, LARGEST_COUNT),
        metadata=about("samples to test with, the first ones; 0 for all (not with synthetic data)"),
    )
    directory: str = newer(
        default="",
        validator=text(f"({FOLDER_NAME})?", "the name of a folder: letters, digits, dots, dashes; no path"),
        metadata=about('folder in the data directory; only with the source "stored", which needs it'),
    )
    read_as: ReadAs = newer(
        default="stored",
        validator=choice("stored", "bytes", "numbers", "tokens"),
        metadata=about(
            "what features are: bytes (byte / 256), numbers (float32), tokens (whole numbers for an embedding); "
            "stored: unsigned bytes are bytes, all others numbers"
        ),
    )
    labels_as: LabelsAs = newer(
        default="stored",
        validator=choice("stored", "classes", "targets"),
        metadata=about("what labels are: class numbers, or targets of a regression; stored: whole numbers are classes"),
    )
    classes: int = newer(
        default=0,
        validator=count(0, MOST_CLASSES),
        metadata=about("number of classes; 0: as the training labels have, up to the largest"),
    )
    shape: tuple[int, ...] = newer(
        default=(),
        validator=SHAPE,
        converter=tuple,
        metadata=about("shape of one sample, where it is not the one that is stored"),
    )
    standardize: Standardize = newer(
        default="none",
        validator=choice("none", "feature", "channel", "all"),
        metadata=about(
            "subtract the mean of the training samples and divide by their deviation: of each feature, of each channel "
            "(first dimension of a sample), or of all features together"
        ),
    )
    standardize_targets: bool = newer(
        default=False,
        validator=FLAG,
        metadata=about("the same for each target of a regression"),
    )
    arrays: ArraysConfig | None = newer(default=None)
    csv: CsvConfig | None = newer(default=None)
    images: ImagesConfig | None = newer(default=None)
    split: SplitConfig | None = newer(default=None)
    controls: ControlsConfig | None = newer(default=None)
    folder: Path | None = place()


@attrs.frozen(kw_only=True)
class TrainingConfig:
    """How long, in what portions, and with which loss: `epochs` over the data, `batch_size` in samples."""

    epochs: int = attrs.field(validator=count(1, LARGEST_EPOCHS), metadata=about("how often all samples are used"))
    batch_size: int = attrs.field(
        validator=count(1, LARGEST_COUNT),
        metadata=about("samples in one step; at most 65536 in f32 and 1048576 in f64, so that sums stay exact"),
    )
    loss: LossName | OwnLoss = newer(
        default="cross-entropy",
        validator=Limit(
            choice(*LOSSES).words, lambda loss: isinstance(loss, OwnLoss) or (isinstance(loss, str) and loss in LOSSES)
        ),
        metadata=about("what is minimised: classes, real numbers, or yes and no (docs/numerics.md)"),
    )


@attrs.frozen(kw_only=True)
class Config:
    """One named run: the seed of all streams, the precision, and the four sections.

    >>> from appliance import load_config
    >>> config = load_config("smoke")
    >>> config.training.epochs, config.precision, config.digest()[:14]
    (2, 'f32', 'sha256:d01dc4a')
    """

    name: str = attrs.field(
        validator=text(CONFIG_NAME, "a name of small letters, digits, dots, dashes and underscores, at most 100"),
        metadata=about("name of the configuration; goldens and run directories are named after it"),
    )
    seed: int = attrs.field(
        validator=count(0, _SEED_LIMIT - 1),
        metadata=about("seed of all random numbers: weights, order of the samples, synthetic samples"),
    )
    precision: Precision = attrs.field(
        validator=choice("f32", "f64"), metadata=about("floating-point format of the arithmetic")
    )
    data: DataConfig
    model: ModelConfig
    training: TrainingConfig
    optimizer: OptimizerConfig
    experiment: ExperimentConfig | None = newer(default=None)

    def settings(self) -> dict[str, Any]:
        """Return all settings as a JSON value; newer ones only where they differ from their default.

        Sections that the code of an experiment gives are left out: the digests of its files stand for them.
        """
        given = (self.experiment and self.experiment.gives) or ()
        plain = {name: value for name, value in write_section(self).items() if name not in given}
        return {"schema": SCHEMA, **plain}

    def digest(self) -> str:
        """Return the digest of all settings."""
        return digest_json(self.settings())
