"""The samples of a run."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oracle import regression
from oracle.digests import Field, digest_fields
from oracle.images import draw_samples
from oracle.layers import Inputs, Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES = {"B": "|u1", "i": "<i4", "f": "<f4"}
MOST_BYTE_CLASSES = 256
_PARTS = "train", "test"


def make_field(name: str, code: str, shape: list[int], values: Sequence[float]) -> Field:
    """Return an array of bytes ("B"), whole numbers of four bytes ("i") or single-precision numbers ("f")."""
    return Field(name, _TYPES[code], shape, struct.pack(f"<{len(values)}{code}", *values))


@dataclass(frozen=True, kw_only=True)
class Part:
    """Samples: a flat row of features for each, with class numbers, or with rows of targets."""

    features: Sequence[Sequence[float]]
    labels: list[int] | list[list[float]]

    def choose_labels(self, samples: list[int]) -> list[int] | list[list[float]]:
        """Return the labels of samples."""
        numbers = [label for label in self.labels if isinstance(label, int)]
        rows = [label for label in self.labels if isinstance(label, list)]
        return [rows[i] for i in samples] if rows else [numbers[i] for i in samples]


@dataclass(frozen=True, kw_only=True)
class Data:
    """Samples to train and to test with; features are bytes ("B") or numbers ("f"); classes are 0 with targets."""

    train: Part
    test: Part
    shape: tuple[int, ...]
    classes: int
    code: str = "B"

    @property
    def targets(self) -> int:
        """How many each sample has; 0 with classes."""
        label = self.train.labels[0]
        return len(label) if isinstance(label, list) else 0

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


def make_labels(name: str, labels: list[int] | list[list[float]], classes: int) -> Field:
    """Return class numbers, or targets, as they are hashed."""
    rows = [label for label in labels if isinstance(label, list)]
    if rows:
        return make_field(name, "f", [len(rows), len(rows[0])], [x for row in rows for x in row])
    return _make_classes(name, [label for label in labels if isinstance(label, int)], classes)


def make_classes(classes: list[list[int]] | list[int], count: int) -> Field:
    """Return predicted classes as they are hashed: one for each sample, or for each output of a sample."""
    rows = [row for row in classes if isinstance(row, list)]
    if rows:
        return make_field("classes", "B", [len(rows), len(rows[0])], [x for row in rows for x in row])
    return _make_classes("classes", [x for x in classes if isinstance(x, int)], count)


def _make_classes(name: str, labels: list[int], classes: int) -> Field:
    return make_field(name, "B" if classes <= MOST_BYTE_CLASSES else "i", [len(labels)], labels)


def load_data(settings: dict[str, Any]) -> Data:
    """Return the samples that settings name."""
    seed, data = settings["seed"], settings["data"]
    counts = data["train_samples"], data["test_samples"]
    if data["source"] == "regression":
        pairs = [regression.draw_samples(n, seed, f"regression/{part}") for n, part in zip(counts, _PARTS, strict=True)]
        train, test = (Part(features=features, labels=targets) for features, targets in pairs)
        return Data(train=train, test=test, shape=(10,), classes=0, code="f")
    images, labels = draw_samples(counts[0], seed, "synthetic/train")
    others, answers = draw_samples(counts[1], seed, "synthetic/test")
    parts = Part(features=images, labels=labels), Part(features=others, labels=answers)
    return Data(train=parts[0], test=parts[1], shape=(28, 28), classes=10)
