"""What one training run produced, and the digests that stand for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from verify.bits import BITS_VERSION
from verify.digests import digest_arrays, digest_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import Config

    Arrays = Mapping[str, NDArray[np.generic]]

SCHEMA = "repro-appliance/run/1"
_SAMPLES_PER_TENSOR = 5


@attrs.frozen(kw_only=True)
class EpochRow:
    """One epoch: mean losses in nats, accuracy as a fraction, digest of all parameters at its end."""

    epoch: int
    train_loss: float
    test_loss: float
    test_accuracy: float
    weights: str


@attrs.frozen(kw_only=True, eq=False)
class Record:
    """The outcome of a run; `timing` (seconds) and `environment` are in it but in no digest.

    `parameters` are the final weights by name; `fingerprint` is the full description of the machine.
    """

    config: Config
    profile: str
    digests: dict[str, str]
    metrics: dict[str, float]
    epochs: tuple[EpochRow, ...]
    samples: dict[str, list[dict[str, Any]]]
    timing: dict[str, float]
    parameters: dict[str, NDArray[np.floating[Any]]]
    fingerprint: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the record as a JSON value, without the parameters and the fingerprint."""
        return {
            "schema": SCHEMA,
            "bits": BITS_VERSION,
            "config": self.config.name,
            "config_digest": self.config.digest(),
            "settings": self.config.settings(),
            "seed": self.config.seed,
            "profile": self.profile,
            "precision": self.config.precision,
            "digests": dict(self.digests),
            "metrics": dict(self.metrics),
            "epochs": [attrs.asdict(row) for row in self.epochs],
            "samples": self.samples,
            "timing": dict(self.timing),
        }


def pick_samples(arrays: Arrays) -> dict[str, list[dict[str, Any]]]:
    """Return a few values of every array at fixed places, as exact hexadecimal text, to explain a difference."""
    picked: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(arrays):
        flat = arrays[name].reshape(-1)
        places = sorted({round(k * (flat.size - 1) / (_SAMPLES_PER_TENSOR - 1)) for k in range(_SAMPLES_PER_TENSOR)})
        shape = arrays[name].shape
        picked[name] = [{"index": _unravel(place, shape), "value": float(flat[place]).hex()} for place in places]
    return picked


def _unravel(place: int, shape: tuple[int, ...]) -> list[int]:
    index = []
    for length in reversed(shape):
        place, rest = divmod(place, length)
        index.append(rest)
    return index[::-1]


def digest_history(epochs: tuple[EpochRow, ...]) -> str:
    """Return the digest of all epochs: losses, accuracies and the parameters' digests."""
    return digest_json([attrs.asdict(row) for row in epochs])


def digest_run(config: Config, parts: dict[str, str]) -> str:
    """Return the digest that covers the settings, the bits version and every other digest of a run."""
    return digest_json({"bits": BITS_VERSION, "config": config.digest(), "parts": parts})


def digest_predictions(logits: NDArray[np.floating[Any]], classes: NDArray[np.uint8]) -> str:
    """Return the digest of the test set's logits (n, c) and predicted classes (n,)."""
    return digest_arrays({"classes": classes, "logits": logits})
