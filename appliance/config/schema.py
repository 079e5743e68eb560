"""The settings of a run, as frozen values with their units and limits.

Part of bits 1.
"""

from __future__ import annotations

from typing import Any, Literal

import attrs
from attrs import validators as v

from appliance.config.growth import newer, write_section
from appliance.config.layers import ModelConfig  # noqa: TC001 - cattrs reads the annotations
from appliance.config.limits import LARGEST_COUNT, LARGEST_EPOCHS, count
from appliance.config.optimizers import OptimizerConfig  # noqa: TC001 - cattrs reads the annotations
from verify.digests import digest_json
from verify.files.limits import CONFIG_NAME, FOLDER_NAME

SCHEMA = "repro-appliance/config/1"

Precision = Literal["f32", "f64"]

_PRECISIONS = ("f32", "f64")
_SEED_LIMIT = 2**63


@attrs.frozen(kw_only=True)
class DataConfig:
    """Where samples come from; counts in samples, 0 for all there are (never for synthetic data).

    `source` is a name from the table of sources in `appliance.data`. `directory` names the set in the data directory
    that the source "stored" reads, and is empty for all others.
    """

    source: str = attrs.field(validator=v.matches_re(CONFIG_NAME))
    train_samples: int = attrs.field(default=0, validator=count(0, LARGEST_COUNT))
    test_samples: int = attrs.field(default=0, validator=count(0, LARGEST_COUNT))
    directory: str = newer(default="", validator=v.matches_re(f"({FOLDER_NAME})?"))


@attrs.frozen(kw_only=True)
class TrainingConfig:
    """How long, and in what portions: `epochs` over the data, `batch_size` in samples."""

    epochs: int = attrs.field(validator=count(1, LARGEST_EPOCHS))
    batch_size: int = attrs.field(validator=count(1, LARGEST_COUNT))


@attrs.frozen(kw_only=True)
class Config:
    """One named run: the seed of all streams, the precision, and the four sections.

    >>> from appliance import load_config
    >>> config = load_config("smoke")
    >>> config.training.epochs, config.precision, config.digest()[:14]
    (2, 'f32', 'sha256:d01dc4a')
    """

    name: str = attrs.field(validator=v.matches_re(CONFIG_NAME))
    seed: int = attrs.field(validator=count(0, _SEED_LIMIT - 1))
    precision: Precision = attrs.field(validator=v.in_(_PRECISIONS))
    data: DataConfig
    model: ModelConfig
    training: TrainingConfig
    optimizer: OptimizerConfig

    def settings(self) -> dict[str, Any]:
        """Return all settings as a JSON value; newer ones only where they differ from their default."""
        plain = write_section(self)
        plain |= {"data": write_section(self.data), "training": write_section(self.training)}
        plain |= {"model": self.model.settings(), "optimizer": self.optimizer.settings()}
        return {"schema": SCHEMA, **plain}

    def digest(self) -> str:
        """Return the digest of all settings."""
        return digest_json(self.settings())
