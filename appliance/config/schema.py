"""The settings of a run, as frozen values with their units and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs
from attrs import validators as v

from verify.digests import digest_json

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = "repro-appliance/config/1"

Precision = Literal["f32", "f64"]
Source = Literal["synthetic", "mnist", "fashion-mnist", "stored"]

_PRECISIONS = ("f32", "f64")
_SOURCES = ("synthetic", "mnist", "fashion-mnist", "stored")
_OPTIMIZERS = ("sgd", "momentum", "adam")
_SCHEDULES = ("constant", "step", "linear")
_SEED_LIMIT = 2**63


def _count(minimum: int) -> Callable[[Any, attrs.Attribute[int], int], Any]:
    return v.and_(v.instance_of(int), v.ge(minimum))


@attrs.frozen(kw_only=True)
class DataConfig:
    """Where samples come from; counts in samples, 0 for all there are (never for synthetic data).

    `directory` names the set in the data directory that the source "stored" reads, and is empty for all others.
    """

    source: Source = attrs.field(validator=v.in_(_SOURCES))
    train_samples: int = attrs.field(default=0, validator=_count(0))
    test_samples: int = attrs.field(default=0, validator=_count(0))
    directory: str = attrs.field(default="", validator=v.matches_re(r"([A-Za-z0-9][A-Za-z0-9._-]*)?"))


@attrs.frozen(kw_only=True)
class ModelConfig:
    """A stack of dense layers with ReLU between them; `layers` lists widths from input to output."""

    layers: tuple[int, ...] = attrs.field(
        validator=v.and_(v.min_len(2), v.deep_iterable(v.and_(v.instance_of(int), v.ge(1))))
    )


@attrs.frozen(kw_only=True)
class TrainingConfig:
    """How long and in what portions: `epochs` over the data, `batch_size` in samples."""

    epochs: int = attrs.field(validator=_count(1))
    batch_size: int = attrs.field(validator=_count(1))


@attrs.frozen(kw_only=True)
class OptimizerConfig:
    """The update rule, its learning rate and the schedule that scales the rate by epoch."""

    name: Literal["sgd", "momentum", "adam"] = attrs.field(validator=v.in_(_OPTIMIZERS))
    learning_rate: float = attrs.field(validator=[v.instance_of(float), v.gt(0.0), v.lt(1e6)])
    momentum: float = attrs.field(default=0.9, validator=[v.instance_of(float), v.ge(0.0), v.lt(1.0)])
    beta1: float = attrs.field(default=0.9, validator=[v.instance_of(float), v.ge(0.0), v.lt(1.0)])
    beta2: float = attrs.field(default=0.999, validator=[v.instance_of(float), v.ge(0.0), v.lt(1.0)])
    epsilon: float = attrs.field(default=1e-8, validator=[v.instance_of(float), v.gt(0.0), v.lt(1.0)])
    schedule: Literal["constant", "step", "linear"] = attrs.field(default="constant", validator=v.in_(_SCHEDULES))
    step_epochs: int = attrs.field(default=1, validator=_count(1))
    step_factor: float = attrs.field(default=0.5, validator=[v.instance_of(float), v.gt(0.0), v.le(1.0)])


@attrs.frozen(kw_only=True)
class Config:
    """One named run: the seed all streams derive from, the precision, and the four sections."""

    name: str = attrs.field(validator=v.matches_re(r"[a-z0-9][a-z0-9._-]*"))
    seed: int = attrs.field(validator=[_count(0), v.lt(_SEED_LIMIT)])
    precision: Precision = attrs.field(validator=v.in_(_PRECISIONS))
    data: DataConfig
    model: ModelConfig
    training: TrainingConfig
    optimizer: OptimizerConfig

    def settings(self) -> dict[str, Any]:
        """Return all settings, defaults included, as a JSON value; a directory only where one is named."""
        plain = attrs.asdict(self)
        if not self.data.directory:
            del plain["data"]["directory"]
        plain["model"]["layers"] = list(self.model.layers)
        return {"schema": SCHEMA, **plain}

    def digest(self) -> str:
        """Return the digest of all settings, defaults included."""
        return digest_json(self.settings())
