"""What a sample of a run is, so that predictions can be made for others: shape, type, classes, standardisation.

Part of bits 2.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

import attrs

from verify.files.forms import OMIT
from verify.files.limits import AtLeast, Count, HexFloat, NotEmpty

FeatureType = Literal["uint8", "float32", "int32"]

_NO_CATEGORIES: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class StoredScale:
    """Means and deviations of training samples, exact: one of each for an equal number of features that follow.

    One mean stands for all features, as many as a sample has features for each, as many as channels for each channel.
    """

    means: Annotated[tuple[HexFloat, ...], NotEmpty()]
    deviations: Annotated[tuple[HexFloat, ...], NotEmpty()]

    def __attrs_post_init__(self) -> None:
        if len(self.means) != len(self.deviations):
            raise ValueError(f"{len(self.means)} means, but {len(self.deviations)} deviations")


@attrs.frozen(kw_only=True)
class Inputs:
    """What a sample is. All of it follows from the settings and the data, so it is in no digest.

    Args:
        shape: of one sample.
        dtype: of its features before they are standardised: uint8 for bytes or tokens, int32 for tokens, or float32.
        classes: the number of classes; 0 in a regression.
        targets: the number of targets in a regression; 0 for classes.
        class_names: their names, in the order of their numbers.
        categories: the texts of each category of a table of samples, in the order of their numbers.
        scale: what features are standardised with.
        target_scale: what targets are standardised with.
    """

    shape: Annotated[tuple[Annotated[int, AtLeast(1)], ...], NotEmpty()]
    dtype: FeatureType
    classes: Count
    targets: Count
    class_names: tuple[str, ...] = attrs.field(default=(), metadata={OMIT: True})
    categories: Mapping[str, tuple[str, ...]] = attrs.field(default=_NO_CATEGORIES, metadata={OMIT: True})
    scale: StoredScale | None = attrs.field(default=None, metadata={OMIT: True})
    target_scale: StoredScale | None = attrs.field(default=None, metadata={OMIT: True})

    def __attrs_post_init__(self) -> None:
        if (self.classes > 0) == (self.targets > 0):
            raise ValueError(f"expected classes or targets, found {self.classes} classes and {self.targets} targets")
        for scale, width in ((self.scale, self.features), (self.target_scale, self.targets)):
            if scale is not None and (not width or width % len(scale.means)):
                raise ValueError(f"expected means for {width} values, found {len(scale.means)}")

    @property
    def features(self) -> int:
        """The number of values of a sample."""
        return math.prod(self.shape)
