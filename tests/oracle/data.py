"""The samples of a run."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oracle.digests import Field, digest_fields
from oracle.images import draw_samples
from oracle.layers import Inputs, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES = {"B": "|u1", "i": "<i4", "f": "<f4"}
MOST_BYTE_CLASSES = 256


def make_field(name: str, code: str, shape: list[int], values: Sequence[float]) -> Field:
    """Return an array of bytes ("B"), whole numbers of four bytes ("i") or single-precision numbers ("f")."""
    return Field(name, _TYPES[code], shape, struct.pack(f"<{len(values)}{code}", *values))


@dataclass(frozen=True, kw_only=True)
class Part:
    """Samples: a flat row of features for each, with class numbers, or with rows of targets."""

    features: Sequence[Sequence[float]]
    labels: list[int]


@dataclass(frozen=True, kw_only=True)
class Data:
    """Samples to train and to test with; features are bytes ("B") or numbers ("f")."""

    train: Part
    test: Part
    shape: tuple[int, ...]
    classes: int
    code: str = "B"

    @property
    def inputs(self) -> Inputs:
        """What the first layer knows."""
        return Inputs(shape=self.shape, is_bytes=self.code == "B", is_data=True)

    def receive(self, rows: Sequence[Sequence[float]]) -> Signal:
        """Return samples as the first layer reads them."""
        return Signal(self.shape, rows, is_bytes=self.code == "B")

    def digest(self) -> str:
        """Return the digest of the four arrays."""
        fields = []
        for name, part in (("train", self.train), ("test", self.test)):
            count = len(part.labels)
            flat = [x for row in part.features for x in row]
            fields.append(make_field(f"{name}_features", self.code, [count, len(part.features[0])], flat))
            fields.append(make_labels(f"{name}_labels", part.labels, self.classes))
        return digest_fields(*fields)


def make_labels(name: str, labels: list[int], classes: int) -> Field:
    """Return class numbers as they are hashed."""
    return make_field(name, "B" if classes <= MOST_BYTE_CLASSES else "i", [len(labels)], labels)


def load_data(settings: dict[str, Any]) -> Data:
    """Return the samples that settings name."""
    seed, data = settings["seed"], settings["data"]
    images, labels = draw_samples(data["train_samples"], seed, "synthetic/train")
    others, answers = draw_samples(data["test_samples"], seed, "synthetic/test")
    parts = Part(features=images, labels=labels), Part(features=others, labels=answers)
    return Data(train=parts[0], test=parts[1], shape=(28, 28), classes=10)
