"""Settings of what is done with data of one's own: split into training and test, and checked."""

from __future__ import annotations

import math
from typing import Any, Literal

import attrs

from appliance.config.growth import newer
from appliance.config.limits import LARGEST_COUNT, MOST_CLASSES, SHAPE, Limit, about, choice, count, fraction, text
from appliance.config.own_files import OWN_FILES

_SEED_LIMIT = 2**63


def _is_bound(value: object) -> bool:
    return value is None or (type(value) in (int, float) and isinstance(value, int | float) and math.isfinite(value))


def _bound(words: str) -> Any:  # noqa: ANN401 - as attrs.field
    """Return the field of a number that may be left out."""
    return newer(
        default=None,
        converter=attrs.converters.optional(float),
        validator=Limit("a finite number", _is_bound),
        metadata=about(words),
    )


@attrs.frozen(kw_only=True)
class SplitConfig:
    """How samples that are together are divided into training and test."""

    test_fraction: float = newer(
        default=0.0,
        validator=fraction(),
        metadata=about("part of the samples for the test, such as 0.2; the number is rounded"),
    )
    test_samples: int = newer(
        default=0, validator=count(0, LARGEST_COUNT), metadata=about("or the number of samples for the test")
    )
    order: Literal["shuffled", "stored"] = newer(
        default="shuffled",
        validator=choice("shuffled", "stored"),
        metadata=about("the last samples are for the test: of a random order, or of the order in the file"),
    )
    seed: int = newer(
        default=0, validator=count(0, _SEED_LIMIT - 1), metadata=about("seed of the random order; not that of the run")
    )

    def __attrs_post_init__(self) -> None:
        if (self.test_fraction > 0) == (self.test_samples > 0):
            raise ValueError("[data.split] needs test_fraction or test_samples, and not both")


@attrs.frozen(kw_only=True)
class ControlsConfig:
    """What must hold for the data before anything is trained; what is left out is not checked."""

    train_samples: int = newer(
        default=0, validator=count(0, LARGEST_COUNT), metadata=about("number of samples to train with")
    )
    test_samples: int = newer(
        default=0, validator=count(0, LARGEST_COUNT), metadata=about("number of samples to test with")
    )
    sample_shape: tuple[int, ...] = newer(
        default=(), validator=SHAPE, converter=tuple, metadata=about("shape of one sample")
    )
    classes: int = newer(default=0, validator=count(0, MOST_CLASSES), metadata=about("number of classes"))
    targets: int = newer(default=0, validator=count(0, LARGEST_COUNT), metadata=about("number of targets of a sample"))
    minimum: float | None = _bound("no feature is below this number, as stored; left out: no bound")
    maximum: float | None = _bound("no feature is above this number, as stored; left out: no bound")
    target_minimum: float | None = _bound("no target is below this number, as stored; left out: no bound")
    target_maximum: float | None = _bound("no target is above this number, as stored; left out: no bound")
    digest: str = newer(
        default="",
        validator=text("(sha256:[0-9a-f]{64})?", "sha256: and 64 hexadecimal digits"),
        metadata=about("digest of the data set as used: digests.dataset of a run, or as data check prints it"),
    )


DATA_SECTIONS = {**OWN_FILES, "split": SplitConfig, "controls": ControlsConfig}
"""The sections inside [data], by name."""
